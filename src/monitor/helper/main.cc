// minidock-helper: the static program that minidock executes from a sealed memfd, once a container. It is the
// monitor, or the OCI runtime's starter; the container's init is its clone. It prints nothing.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <new>

#include "linux/syscalls.h"
#include "monitor/helper/monitor.h"
#include "runtime/starter/before_clone.h"
#include "runtime/starter/starter.h"

namespace minidock::monitor {

int Monitor::run() {
  sigset_t all, child;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);  // nothing but SIGKILL ends a monitor before its container
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  signals_ = Fd(signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
  runtime::init::Report failure;
  if (!start(failure)) {
    if (pid_ > 0) linux::pidfd_send_signal(pidfd_.get(), SIGKILL);
    while (pid_ > 0 && !exited_) {
      pollfd wait = {signals_.get(), POLLIN, 0};
      poll(&wait, 1, -1);
      reap();
    }
    remove_cgroups();
    send_now(FrameKind::failed, &failure, sizeof failure);
    return 1;  // the CLI, which waits for this, removes or records the rest
  }
  StartedPayload started = {pid_, getpid(), process_start_time(pid_), wall_clock()};
  write_run_state(launch_.text(kRunDirectory), started, launch_.text(kBootId));
  send_now(FrameKind::started, &started, sizeof started);
  fcntl(output_.get(), F_SETFL, O_NONBLOCK);
  fcntl(error_output_.get(), F_SETFL, O_NONBLOCK);
  pump();
  finish();
  return 0;
}

namespace {
// security: own session, no terminal of the caller, nothing inherited but what frame.h names, not traceable.
bool settle() {
  setsid();
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  prctl(PR_SET_NAME, "minidock-mon", 0, 0, 0);
  umask(077);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return false;
  for (int fd = 0; fd < 3; ++fd) {
    if (dup2(null, fd) < 0) return false;
  }
  if (chdir("/") != 0) return false;
  linux::close_range(kProgramFd + 1, ~0U, 0);
  return linux::close_range(kLaunchFd, kProgramFd, CLOSE_RANGE_CLOEXEC) == 0;
}
}  // namespace

}  // namespace minidock::monitor

int main(int argc, char** argv) {
  using namespace minidock;
  // The role is argv[0], the first of the inherited descriptors argv[1]: see runtime/helper_process.h.
  if (argc == 2 && strcmp(argv[0], "minidock-starter") == 0)
    return runtime::run_starter(static_cast<int>(strtol(argv[1], nullptr, 10)));
  if (!monitor::settle()) return 125;
  const runtime::RecordView launch = runtime::map_order(monitor::kLaunchFd);
  if (!launch.valid()) return 125;
  // In place, not on the heap: the monitor's buffers are its only large memory, touched as they are used.
  alignas(monitor::Monitor) static char storage[sizeof(monitor::Monitor)];
  return (new (storage) monitor::Monitor(launch))->run();
}
