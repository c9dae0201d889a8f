// The monitor: the process that stays with one container. Static, free of exceptions and of the heap.
// Situation: on the host, root, every signal blocked, its own session, subreaper.
//
// Above it stands its guard (guard.h), which takes its place when it is killed: so this object lies in memory that both
// share, and what it is made of keeps its meaning in the other process.
#pragma once

#include <poll.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fd.h"
#include "monitor/frame.h"
#include "monitor/helper/clients.h"
#include "monitor/helper/guard.h"
#include "monitor/helper/log.h"
#include "monitor/helper/prober.h"
#include "monitor/helper/relay.h"
#include "monitor/helper/resolver.h"
#include "monitor/restart_rule.h"
#include "runtime/init/channel.h"
#include "runtime/init/context.h"
#include "runtime/wire.h"

namespace minidock::monitor {

// Input on its way to the container; never more than one frame, so a slow reader stops the writer as a pipe would.
struct Input {
  char data[kMaxPayload];
  uint32_t size = 0, done = 0;
  bool empty() const { return done == size; }
};

// The event of the end is told once, also where a guard goes on: one that was being told is looked for in the log.
enum class EndEvent { to_be_told, being_told, told };

class Monitor {
 public:
  explicit Monitor(runtime::RecordView launch)
      : launch_(launch),
        plan_(launch.next()),
        log_(launch.text(kLogPath),
             {static_cast<LogFormat>(launch.number(kLogFormat)), static_cast<uint64_t>(launch.number(kLogSize)),
              static_cast<int>(launch.number(kLogFiles)), launch.number(kLogCompress) != 0},
             extra_of(launch)),
        prober_(launch),
        resolver_(launch),
        relay_(launch) {}
  int run();

 private:
  static LogExtra extra_of(const runtime::RecordView& launch) {
    LogExtra extra;
    extra.data = launch.text(kLogExtra, &extra.size);
    return extra;
  }
  bool serves_container() const { return *launch_.text(kRunDirectory) != 0; }
  // main.cc
  bool begin(runtime::init::Report& failure);
  int settle_in_cgroup();  // 0 or an errno
  int abandon(const runtime::init::Report& failure);
  int supervise();  // from the running command to its end
  // start.cc
  bool start(runtime::init::Report& failure);
  bool execute_monitor_steps(runtime::init::Report& failure);
  int execute_monitor_step(const runtime::RecordView& step);
  int open_streams();
  int listen_for_clients();
  int clone_container(const runtime::RecordView& step);
  bool open_resolver(runtime::init::Report& failure);
  bool wait_for_command(runtime::init::Report& failure);
  // pump.cc
  void pump();
  void serve_once();
  int patience();
  void serve_clients(const pollfd* events);
  ssize_t read_container(Fd& from, FrameKind kind);  // how much
  void drain(Fd& from, FrameKind kind);
  void accept_client();
  void read_client(int index);
  void handle_frame(int index, FrameKind kind, const char* payload, uint32_t length);
  void client_left(int index);
  void flush_input();
  void close_input();
  // finish.cc
  void reap();
  void note_exit(int status);
  void finish();
  void write_records();
  void remove_cgroups();
  void leave_networks();
  void run_cleanup();
  bool is_policy_changed() const;
  // events.cc
  bool tells_events() const { return *launch_.text(kEventLog) != 0; }
  void record_start();
  void record_end();
  void wait_and_restart();
  [[noreturn]] void execute_command();
  // guard.cc
  int fork_monitor();  // 0 in the monitor, or an errno: the guard does not return
  int take_over(Fd process, Fd terminal);

  runtime::RecordView launch_, plan_;
  pid_t pid_ = -1;
  StartedPayload started_ = {};
  int64_t began_ = 0;  // monotonic_clock() at that moment
  Fd pidfd_, init_socket_, terminal_;
  Fd output_, error_output_, input_;  // our ends of the container's pipes
  Fd child_input_, child_output_, child_error_;
  Fd signals_, listener_;
  GuardLink link_;
  Log log_;
  Prober prober_;
  Resolver resolver_;
  Relay relay_;
  Clients clients_;
  Input to_container_;
  char frame_[kFrameBytes];
  bool input_closing_ = false, taken_over_ = false, exited_ = false, recorded_ = false;
  EndEvent end_event_ = EndEvent::to_be_told;
  int exit_code_ = 0;
  ExitedPayload exit_ = {};
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
int write_run_state(const char* run_directory, const StartedPayload& started, uint64_t pidfd_inode,
                    const char* boot_id);
uint64_t find_pidfd_inode(int pidfd);  // one that no other process gets while the host is up; 0: an older kernel
int write_exit_record(const char* path, const ExitedPayload& exited, const char* error, bool durable);
uint64_t process_start_time(pid_t pid);
int64_t wall_clock();

}  // namespace minidock::monitor
