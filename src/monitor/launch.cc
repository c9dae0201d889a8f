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

namespace minidock::monitor {

namespace {
Fd make_order(const LaunchRequest& request, const std::string& boot_id) {
  runtime::Step launch;
  launch.stage = runtime::Stage::monitor;
  launch.name = "launch";
  launch.texts = {request.run_directory, request.exit_path, request.log_path, boot_id};
  launch.texts.insert(launch.texts.end(), request.cleanup.begin(), request.cleanup.end());
  launch.numbers = {request.durable_exit, request.open_stdin, request.terminal};
  std::string order;
  order.reserve(32768);
  runtime::append_record(order, launch);
  order += runtime::encode(request.plan);
  return runtime::make_memory_file("minidock-order", order);
}

StartFailure failure_of(const std::string& payload) {
  runtime::init::Report report = {};
  std::memcpy(&report, payload.data(), std::min(payload.size(), sizeof report));
  return runtime::failure_of(report);
}
}  // namespace

Session Session::launch(const LaunchRequest& request) {
  RunState state;
  state.boot_id = read_boot_id();
  const Fd order = make_order(request, state.boot_id);
  const Fd program(open("/proc/self/exe", O_PATH | O_CLOEXEC));
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw_errno("make a socket for the monitor");
  Session session;
  session.socket_ = Fd(ends[0]);
  Fd monitor_end(ends[1]);
  session.monitor_pid_ = runtime::spawn_helper(
      runtime::HelperRole::monitor, {kLaunchFd, {order.get(), monitor_end.get(), request.lock_fd, program.get()}});
  monitor_end.reset();
  uint8_t kind = 0;
  std::string payload;
  if (!session.read_frame(kind, payload)) {
    session.reap_monitor();
    throw StartFailure(ErrorKind::internal,
                       "cannot start container: the helper ended without a word (out of memory, or killed)", 0, 125,
                       "launch");
  }
  if (static_cast<FrameKind>(kind) == FrameKind::failed) {
    session.reap_monitor();
    throw failure_of(payload);
  }
  StartedPayload started = {};
  std::memcpy(&started, payload.data(), std::min(payload.size(), sizeof started));
  state.pid = started.pid;
  state.monitor_pid = started.monitor_pid;
  state.start_time = started.start_time;
  state.started = started.started;
  session.state_ = state;
  return session;
}

}  // namespace minidock::monitor
