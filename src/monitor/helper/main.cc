// minidock-helper: the static program that minidock executes from a sealed memfd, once a container. It is the
// monitor, or the OCI runtime's starter; the container's init is its clone. It prints nothing.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <new>

#include "linux/syscalls.h"
#include "monitor/helper/monitor.h"
#include "runtime/init/paths.h"
#include "runtime/starter/before_clone.h"
#include "runtime/starter/cgroup.h"
#include "runtime/starter/starter.h"

namespace minidock::monitor {

namespace {
constexpr char kBeginning[] = "make the monitor's cgroup, pipes, socket and guard";
}

// Placed by the system manager first, where the client asks it for that; one that is gone by then ends us. order:
// before there are two of us, so that guard, monitor and all that they start are in the same place.
int Monitor::settle_in_cgroup() {
  char header[kFrameHeader];
  const bool waits = launch_.number(kWaitsForPlace) != 0;
  if (waits && recv(kSocketFd, header, sizeof header, MSG_WAITALL) != sizeof header) _exit(1);
  const char* const own = launch_.text(kOwnCgroup);
  if (*own == 0) return 0;
  if (mkdir(own, 0755) != 0 && errno != EEXIST) return errno;
  const Fd directory = runtime::open_cgroup(own);
  if (!directory) return errno;
  return runtime::init::write_small(directory.get(), "cgroup.procs", "0", 1) == 0 ? 0 : errno;
}

// Before there is a container: all that guard and monitor are to have in common, then the monitor itself.
bool Monitor::begin(runtime::init::Report& failure) {
  sigset_t all, child;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);  // nothing but SIGKILL ends a monitor before its container
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  signals_ = Fd(signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
  int result = signals_ ? settle_in_cgroup() : errno;
  if (result == 0) result = open_streams();
  if (result == 0 && serves_container()) result = listen_for_clients();
  if (result == 0 && serves_container()) result = fork_monitor();
  if (result == 0) result = relay_.open();
  if (result == 0 && clients_.add(Fd(kSocketFd), true) < 0) result = ENOMEM;
  // security: init gets no part of the memory that the two share; a PID 1 of --init would keep it.
  if (result == 0 && madvise(this, sizeof *this, MADV_DONTFORK) != 0) result = errno;
  if (result == 0) return true;
  failure.kind = runtime::init::ReportKind::failed;
  failure.error_number = result;
  failure.exit_code = 125;
  memcpy(failure.step, kBeginning, sizeof kBeginning);
  return false;
}

int Monitor::abandon(const runtime::init::Report& failure) {
  if (pid_ > 0) linux::pidfd_send_signal(pidfd_.get(), SIGKILL);
  while (pid_ > 0 && !exited_) {
    pollfd wait = {signals_.get(), POLLIN, 0};
    poll(&wait, 1, -1);
    reap();
  }
  leave_networks();
  remove_cgroups();
  link_.tell_done();
  // The CLI, which waits for this, removes or records the rest.
  char frame[kFrameHeader + sizeof failure];
  put_frame_header(frame, FrameKind::failed, sizeof failure);
  memcpy(frame + kFrameHeader, &failure, sizeof failure);
  (void)!send(kSocketFd, frame, sizeof frame, MSG_NOSIGNAL);
  return 1;
}

int Monitor::run() {
  runtime::init::Report failure = {};
  if (!begin(failure) || !start(failure)) return abandon(failure);
  began_ = monotonic_clock();
  started_ = {pid_, getpid(), process_start_time(pid_), wall_clock()};
  if (serves_container()) {
    write_run_state(launch_.text(kRunDirectory), started_, find_pidfd_inode(pidfd_.get()), launch_.text(kBootId));
  }
  link_.tell_started(pidfd_.get());
  record_start();
  clients_.send(0, FrameKind::started, &started_, sizeof started_);
  prober_.begin();
  return supervise();
}

int Monitor::supervise() {
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
  // What is not there becomes nobody else's number: see Monitor::leave_networks().
  for (const int fd : {kHeldFd, kRelayFd}) {
    if (fcntl(fd, F_GETFD) < 0 && dup2(null, fd) < 0) return false;
  }
  linux::close_range(kRelayFd + 1, ~0U, 0);
  return linux::close_range(kLaunchFd, kRelayFd, CLOSE_RANGE_CLOEXEC) == 0;
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
  // Its buffers are its only large memory, touched as they are used.
  void* const memory =
      mmap(nullptr, sizeof(monitor::Monitor), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 125;
  return (new (memory) monitor::Monitor(launch))->run();
}
