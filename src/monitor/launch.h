// Launching: starts the monitor (the static helper from a sealed memfd) for one container, and speaks with it.
//
//   CLI  --exec-->  guard  --fork-->  monitor  --clone3-->  init (executes the Plan)  --execve-->  the command
//    ^------------ socket -------------^  frames (frame.h): stdin, stdout, stderr, resize, started, failed, exited
//
// The monitor outlives the CLI; the guard takes its place if it is killed (helper/guard.h). It alone reaps the
// container, writes its log and its exit record, and removes its cgroups. It holds the container's lock until all that
// is done: a free lock means "not running".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "base/time.h"
#include "linux/systemd_unit.h"
#include "monitor/log_record.h"
#include "monitor/probe_rule.h"
#include "monitor/restart_rule.h"
#include "runtime/plan.h"
#include "runtime/start_failure.h"

namespace minidock::monitor {

struct LaunchRequest {
  runtime::Plan plan;
  std::string run_directory;  // gets "state" and the socket of attach(); exists. "": a further process of a container
  std::string exit_path;      // the exit record's absolute path
  bool durable_exit = false;  // fsync the exit record and its directory
  std::string log_path;       // opened at the first byte
  LogSettings log;
  std::string log_extra;        // what each line gets besides: json: an object, journal: fields of its protocol
  bool open_stdin = false;      // -i: stdin is a pipe fed by frames; else /dev/null
  bool stdin_once = false;      // it ends with the first client that gave it, unless that one detaches
  bool terminal = false;        // -t
  Nanoseconds run_timeout = 0;  // after which it is killed; 0: never
  std::string failing = "cannot start container";  // begins the message of a StartFailure
  std::string end_network;                         // netlink messages for NETLINK_NETFILTER when it has ended
  bool answers_names = false;  // at 127.0.0.11, from what the run directory has of them: see helper/resolver.h
  std::string relays;          // RelayTarget[] of frame.h
  int relay_fd = -1;           // borrowed: has their sockets
  int held_fd = -1;            // borrowed: stays open as long as it is up, in the monitor and its guard
  int lock_fd = -1;            // borrowed: the container's flock (a probe's: its turn), inherited by the monitor
  std::vector<std::string>
      cleanup;  // argv that the monitor executes when it ends and the CLI is gone (--rm); empty: none
  // Not of --rm: where the rule says so, it waits for `delay` (less than 10 s of run) and executes `cleanup` to start
  // it again, unless there is a file at stopped_path. With a file at policy_mark the rule is out of date: `cleanup` is
  // executed at once, to decide and to wait itself.
  struct Restart {
    RestartRule rule = RestartRule::never;
    int most = 0, count = 0;
    int delay = 0;  // milliseconds
  } restart;
  std::string stopped_path, policy_mark;
  // What the monitor tells of it (helper/events.cc). An empty log: nothing.
  struct Events {
    std::string log;         // linux/shared_log.h; its directory is there
    std::string id;          // of the container
    std::string attributes;  // members of a JSON object, not none: "image":"busybox","name":"web"
  } events;
  // On a host whose cgroups systemd keeps: the scope that is made around guard and monitor before they begin. nullopt
  // also where this process is in that scope itself.
  std::optional<linux::SystemdPlace> unit;
  std::string own_cgroup;  // directory of the cgroup that they enter then, made if need be; "": where they are
  // argv that it executes to check the container's health, at these times.
  std::vector<std::string> health;
  ProbeTimes health_times;
};

using runtime::StartFailure;

// How a container ended.
struct ExitRecord {
  int code = 0;  // 0..255; 128 + n for a signal
  bool oom_killed = false;
  uint64_t memory_limit = 0;  // bytes, 0: none; for the OOM line
  uint64_t memory_peak = 0;
  Nanoseconds finished = 0;
  std::string error;  // a start failure's line
};
std::optional<ExitRecord> find_exit_record(const std::string& path);
void write_exit_record(const std::string& path, const ExitRecord& record);  // for what the engine decides itself

// What the monitor wrote when the command began.
struct RunState {
  int pid = 0;               // of the container's PID 1, in the host's pid namespace
  uint64_t start_time = 0;   // /proc/PID/stat field 22: tells a reused pid apart
  uint64_t pidfd_inode = 0;  // so does this, 0: the kernel is older than 6.9
  int monitor_pid = 0;
  std::string boot_id;
  Nanoseconds started = 0;
};
std::optional<RunState> find_run_state(const std::string& run_directory);
// A pidfd of the container's PID 1, if that very process still lives.
std::optional<Fd> open_container_process(const RunState& state);

enum class EventKind { output, error_output, exited, closed };
struct Event {
  EventKind kind = EventKind::closed;
  std::string_view data;  // valid until the next call
  ExitRecord exit;
};

// The CLI's end of the conversation. Destroying it before exited: the container goes on without us.
class Session {
 public:
  // Starts the monitor and waits until the command runs; throws StartFailure.
  static Session launch(const LaunchRequest& request);
  // To the monitor of a container that runs, by its run directory. nullopt when nobody listens there (any more).
  static std::optional<Session> attach(const std::string& run_directory);
  // To one that waits to start its container again: it looks at once whether it still should.
  static void wake(const std::string& run_directory);

  const RunState& state() const { return state_; }
  int fd() const { return socket_.get(); }  // readable: call read_event()
  Event read_event();                       // blocks for one whole frame
  // The monitor's cleanup command is ours now (call after exited, before the removal).
  void take_over_cleanup();

  void send_input(std::string_view data);  // at most 64 KiB at a time
  void close_input();
  void send_signal(int signal);
  void resize(uint16_t rows, uint16_t columns);

  Session(Session&&) noexcept = default;
  Session& operator=(Session&&) noexcept = default;
  ~Session();

 private:
  Session() = default;
  bool read_frame(uint8_t& kind, std::string& payload);  // false: the monitor closed its end
  void send_frame(uint8_t kind, std::string_view data);
  void place(const linux::SystemdPlace& unit, const std::string& failing);  // unit.cc
  void reap_monitor();
  Fd socket_;
  RunState state_;
  std::string buffer_;
  int monitor_pid_ = -1;
  bool finished_ = false;
};

}  // namespace minidock::monitor
