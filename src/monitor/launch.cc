#include "monitor/launch.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "base/file.h"
#include "base/text.h"
#include "monitor/frame.h"
#include "runtime/encode.h"
#include "runtime/helper_process.h"
#include "runtime/init/channel.h"
#include "runtime/lifecycle/send_descriptor.h"

namespace minidock::monitor {

namespace {
Fd make_order(const LaunchRequest& request, const std::string& boot_id) {
  runtime::Step launch;
  launch.stage = runtime::Stage::monitor;
  launch.name = "launch";
  launch.texts = {request.run_directory,     request.exit_path,   request.log_path,   boot_id,
                  request.stopped_path,      request.policy_mark, request.events.log, request.events.id,
                  request.events.attributes, request.log_extra,   request.own_cgroup, request.relays,
                  request.end_network};
  launch.texts.insert(launch.texts.end(), request.cleanup.begin(), request.cleanup.end());
  launch.texts.insert(launch.texts.end(), request.health.begin(), request.health.end());
  launch.numbers = {request.durable_exit,
                    request.open_stdin,
                    request.terminal,
                    request.stdin_once,
                    static_cast<int64_t>(request.log.format),
                    static_cast<int64_t>(request.log.max_size),
                    request.log.max_files,
                    request.log.compress,
                    static_cast<int64_t>(request.restart.rule),
                    request.restart.most,
                    request.restart.count,
                    request.restart.delay,
                    request.run_timeout,
                    static_cast<int64_t>(request.cleanup.size()),
                    static_cast<int64_t>(request.health.size()),
                    request.health_times.interval,
                    request.health_times.start_interval,
                    request.health_times.start_period,
                    request.unit.has_value(),
                    request.answers_names};
  std::string order;
  order.reserve(32768);
  runtime::append_record(order, launch);
  order += runtime::encode(request.plan);
  return runtime::make_memory_file("minidock-order", order);
}

StartFailure failure_of(const std::string& payload, const std::string& what) {
  runtime::init::Report report = {};
  std::memcpy(&report, payload.data(), std::min(payload.size(), sizeof report));
  return runtime::failure_of(report, what);
}

RunState state_of(const std::string& payload, std::string boot_id) {
  StartedPayload started = {};
  std::memcpy(&started, payload.data(), std::min(payload.size(), sizeof started));
  RunState state;
  state.pid = started.pid;
  state.monitor_pid = started.monitor_pid;
  state.start_time = started.start_time;
  state.started = started.started;
  state.boot_id = std::move(boot_id);
  return state;
}

// A connection to the attach socket of a run directory; none when nobody listens there.
Fd find_listener(const std::string& run_directory) {
  try {
    return runtime::connect_to_socket(cat(run_directory, "/", kAttachName));
  } catch (const Error& error) {
    if (error.error_number() == ENOENT || error.error_number() == ECONNREFUSED) return Fd();
    throw;
  }
}
}  // namespace

Session Session::launch(const LaunchRequest& request) {
  const std::string& boot_id = read_boot_id();
  const Fd order = make_order(request, boot_id);
  const Fd program(open("/proc/self/exe", O_PATH | O_CLOEXEC));
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw_errno("make a socket for the monitor");
  Session session;
  session.socket_ = Fd(ends[0]);
  Fd monitor_end(ends[1]);
  session.monitor_pid_ = runtime::spawn_helper(
      runtime::HelperRole::monitor,
      {kLaunchFd, {order.get(), monitor_end.get(), request.lock_fd, program.get(), request.held_fd, request.relay_fd}});
  monitor_end.reset();
  if (request.unit) session.place(*request.unit, request.failing);
  uint8_t kind = 0;
  std::string payload;
  if (!session.read_frame(kind, payload)) {
    session.reap_monitor();
    throw StartFailure(ErrorKind::internal,
                       cat(request.failing, ": the helper ended without a word (out of memory, or killed)"), 0, 125,
                       "launch");
  }
  if (static_cast<FrameKind>(kind) == FrameKind::failed) {
    session.reap_monitor();
    throw failure_of(payload, request.failing);
  }
  session.state_ = state_of(payload, boot_id);
  return session;
}

void Session::wake(const std::string& run_directory) {
  find_listener(run_directory);
}

std::optional<Session> Session::attach(const std::string& run_directory) {
  Session session;
  session.socket_ = find_listener(run_directory);
  uint8_t kind = 0;
  std::string payload;
  // Accepted, and then gone without a word: it ended just now, or has as many clients as it serves.
  if (!session.socket_ || !session.read_frame(kind, payload)) return std::nullopt;
  if (static_cast<FrameKind>(kind) != FrameKind::started)
    throw_error(ErrorKind::internal, "attach: the monitor speaks of ", static_cast<int>(kind), " first");
  session.state_ = state_of(payload, read_boot_id());
  return session;
}

}  // namespace minidock::monitor
