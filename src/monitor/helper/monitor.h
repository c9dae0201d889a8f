// The monitor: the process that stays with one container. Static, free of exceptions and of the heap.
// Situation: on the host, root, every signal blocked, its own session, subreaper.
#pragma once

#include <poll.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fd.h"
#include "monitor/frame.h"
#include "monitor/helper/log.h"
#include "runtime/init/channel.h"
#include "runtime/init/context.h"
#include "runtime/wire.h"

namespace minidock::monitor {

// Bytes on their way from one descriptor to another; never more than one frame, so a slow reader stops the
// writer as a pipe would, and memory stays flat.
struct Relay {
  char data[kFrameHeader + kMaxPayload];
  uint32_t size = 0, done = 0;
  bool empty() const { return done == size; }
};

class Monitor {
 public:
  explicit Monitor(runtime::RecordView launch) : launch_(launch), plan_(launch.next()), log_(launch.text(kLogPath)) {}
  int run();

 private:
  // start.cc
  bool start(runtime::init::Report& failure);
  bool execute_monitor_steps(runtime::init::Report& failure);
  bool open_streams();
  int clone_container(const runtime::RecordView& step);
  [[noreturn]] void become_init();
  bool wait_for_command(runtime::init::Report& failure);
  // pump.cc
  void pump();
  void read_container(Fd& from, FrameKind kind);
  void drain(Fd& from, FrameKind kind);
  void flush_to_cli();
  void read_cli();
  void handle_frame(FrameKind kind, const char* payload, uint32_t length);
  void flush_input();
  void drop_cli();
  // finish.cc
  void reap();
  void finish();
  void remove_cgroups();
  void run_cleanup();
  void send_now(FrameKind kind, const void* payload, uint32_t size);

  runtime::RecordView launch_, plan_;
  runtime::init::Context context_;  // what init is given
  pid_t pid_ = -1;
  Fd pidfd_, init_socket_, terminal_;
  Fd output_, error_output_, input_;  // our ends of the container's pipes
  Fd child_input_, child_output_, child_error_;
  Fd cli_{kSocketFd};
  Fd signals_;
  Log log_;
  Relay to_cli_, to_container_;
  char inbox_[kFrameHeader + kMaxPayload];
  uint32_t inbox_size_ = 0;
  bool input_closing_ = false, taken_over_ = false, exited_ = false;
  int exit_code_ = 0;
};

// cgroup.cc: each 0 or an errno.
// rmdir, after killing whoever is still inside; bounded.
void remove_cgroup(const char* directory);
struct MemoryFacts {
  bool oom_killed = false;
  uint64_t limit = 0, peak = 0;
};
MemoryFacts read_memory_facts(const char* directory);

// records.cc: the text files that other commands read (monitor/records.h parses them). 0 or an errno.
int write_run_state(const char* run_directory, const StartedPayload& started, const char* boot_id);
int write_exit_record(const char* path, const ExitedPayload& exited, const char* error, bool durable);
uint64_t process_start_time(pid_t pid);
int64_t wall_clock();

}  // namespace minidock::monitor
