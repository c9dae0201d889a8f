// minidock-helper: the static program that minidock executes from a sealed memfd, once a container. It is the
// monitor; the container's init is its clone. It reads its whole order from kLaunchFd and prints nothing.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <new>

#include "linux/syscalls.h"
#include "monitor/helper/monitor.h"

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

runtime::RecordView map_launch_request() {
  struct stat info;
  if (fstat(kLaunchFd, &info) != 0) return {};
  const void* memory = mmap(nullptr, static_cast<size_t>(info.st_size), PROT_READ, MAP_PRIVATE, kLaunchFd, 0);
  if (memory == MAP_FAILED) return {};
  close(kLaunchFd);
  const char* at = static_cast<const char*>(memory);
  return {at, at + info.st_size};
}
}  // namespace

}  // namespace minidock::monitor

int main() {
  using namespace minidock;
  if (!monitor::settle()) return 125;
  const runtime::RecordView launch = monitor::map_launch_request();
  if (!launch.valid()) return 125;
  // In place, not on the heap: the monitor's buffers are its only large memory, touched as they are used.
  alignas(monitor::Monitor) static char storage[sizeof(monitor::Monitor)];
  return (new (storage) monitor::Monitor(launch))->run();
}
