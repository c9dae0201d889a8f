#include "monitor/launch.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "base/file.h"
#include "base/text.h"
#include "embedded/helper_image.h"
#include "monitor/frame.h"
#include "runtime/encode.h"
#include "runtime/init/channel.h"

namespace minidock::monitor {

namespace {
#ifndef MFD_EXEC
constexpr unsigned MFD_EXEC = 0x10U;  // Linux 6.3
#endif

Fd make_memfd(const char* name, unsigned flags) {
  int fd = memfd_create(name, flags | MFD_CLOEXEC | MFD_ALLOW_SEALING);
  // kernel: before 6.3 MFD_EXEC is unknown, and every memfd may be executed.
  if (fd < 0 && errno == EINVAL) fd = memfd_create(name, (flags & ~MFD_EXEC) | MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) throw_errno("make a memory file for the helper");
  return Fd(fd);
}

// security: the helper runs from a copy that nobody can write, so a container that opens /proc/PID/exe of its
// own init reaches neither the installed program nor the next container's helper (CVE-2019-5736).
Fd make_helper() {
  Fd fd = make_memfd("minidock-helper", MFD_EXEC);
  write_all(fd.get(), embedded::helper_image());
  if (fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
    throw_errno("seal the helper");
  return fd;
}

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
  Fd fd = make_memfd("minidock-order", 0);
  write_all(fd.get(), order);
  return fd;
}

// Runs in the vforked child, which shares our memory until exec: plain system calls only.
[[noreturn]] void execute_helper(int helper, const int (&inherited)[4]) {
  for (int i = 0; i < 4; ++i) {
    const int target = kLaunchFd + i;
    if (inherited[i] < 0) {
      close(target);
    } else {
      dup2(inherited[i], target);  // clears close-on-exec: sources lie above the targets
    }
  }
  static char name[] = "minidock-helper";
  static char* const argv[] = {name, nullptr};
  static char* const envp[] = {nullptr};
  syscall(SYS_execveat, helper, "", argv, envp, AT_EMPTY_PATH);
  _exit(127);
}

// A copy at 16 or above, so that dup2 to the helper's numbers never overwrites a source.
Fd lift(int fd) {
  if (fd < 0) return Fd();
  const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 16);
  if (copy < 0) throw_errno("duplicate a descriptor for the helper");
  return Fd(copy);
}

pid_t spawn(const Fd& helper, const Fd& order, const Fd& socket, int lock_fd, const Fd& program) {
  const Fd raised_helper = lift(helper.get());
  const Fd raised[4] = {lift(order.get()), lift(socket.get()), lift(lock_fd), lift(program.get())};
  const int inherited[4] = {raised[0].get(), raised[1].get(), raised[2].get(), raised[3].get()};
  const pid_t pid = vfork();
  if (pid < 0) throw_errno("start the helper");
  if (pid == 0) execute_helper(raised_helper.get(), inherited);
  return pid;
}

StartFailure failure_of(const std::string& payload) {
  runtime::init::Report report = {};
  std::memcpy(&report, payload.data(), std::min(payload.size(), sizeof report));
  report.step[sizeof report.step - 1] = report.detail[sizeof report.detail - 1] = 0;
  const std::string detail = printable(report.detail);
  // A refused command is the user's own word and needs no step before it.
  const bool about_command = report.exit_code != 125 && !detail.empty();
  const std::string cause = detail.empty() ? errno_text(report.error_number) : detail;
  const std::string message =
      about_command ? cause : cat("cannot start container: ", printable(report.step), ": ", cause);
  return {kind_of_errno(report.error_number), message, report.error_number, report.exit_code, report.step};
}
}  // namespace

Session Session::launch(const LaunchRequest& request) {
  RunState state;
  state.boot_id = read_boot_id();
  const Fd helper = make_helper();
  const Fd order = make_order(request, state.boot_id);
  const Fd program(open("/proc/self/exe", O_PATH | O_CLOEXEC));
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw_errno("make a socket for the monitor");
  Session session;
  session.socket_ = Fd(ends[0]);
  Fd monitor_end(ends[1]);
  session.monitor_pid_ = spawn(helper, order, monitor_end, request.lock_fd, program);
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
