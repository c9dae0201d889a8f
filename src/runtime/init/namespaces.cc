#include <errno.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "linux/syscalls.h"
#include "runtime/init/filesystem.h"
#include "runtime/init/paths.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

int cgroup_join(const RecordView& step) {
  // kernel: a single-threaded process that writes "0" to `tasks` moves itself without the global threadgroup
  // lock and its RCU grace period, which a write to cgroup.procs waits for (4 to 13 ms on an idle host).
  const Fd directory(::open(step.text(0), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return errno;
  if (write_small(directory.get(), "tasks", "0", 1) == 0) return 0;
  return write_small(directory.get(), "cgroup.procs", "0", 1) == 0 ? 0 : errno;
}

int open_directory_step(Context& context, const RecordView& step) {
  const int fd = ::open(step.text(0), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  take_slot(context, step.number(0), fd);
  return 0;
}

int open_namespace_step(Context& context, const RecordView& step) {
  const int fd = ::open(step.text(0), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const int failure = errno;
    context.detail << step.text(0) << ": " << strerrordesc_np(failure);
    return failure;
  }
  take_slot(context, step.number(0), fd);
  return 0;
}

int join_namespace(Context& context, const RecordView& step) {
  if (linux::enter_namespace(context.slots[step.number(1)], static_cast<int>(step.number(0))) != 0) {
    const int failure = errno;
    context.detail << step.text(0) << ": " << strerrordesc_np(failure);
    return failure;
  }
  return 0;
}

int host_proc_step(Context& context) {
  context.proc = ::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  return context.proc >= 0 ? 0 : errno;
}

int become_root_step() {
  // What the maps leave out stays as it is: a user namespace may map no id 0, and may forbid setgroups.
  if (setgroups(0, nullptr) != 0 && errno != EPERM) return errno;
  if (setresgid(0, 0, 0) != 0 && errno != EINVAL) return errno;
  if (setresuid(0, 0, 0) != 0 && errno != EINVAL) return errno;
  return 0;
}

// kernel: unshare gives the namespace to future children only, and its offsets can be set until the first process is
// in it (time_namespaces(7)): the clone is that process.
int time_namespace_step(Context& context, const RecordView& step) {
  if (unshare(CLONE_NEWTIME) != 0) return errno;
  uint32_t length = 0;
  const char* offsets = step.text(0, &length);
  if (length == 0 || write_small(AT_FDCWD, "/proc/self/timens_offsets", offsets, length) == 0) return 0;
  const int failure = errno;
  context.detail << "offsets " << offsets << ": " << strerrordesc_np(failure);
  return failure;
}

int set_host_names(const RecordView& step) {
  uint32_t length = 0;
  const char* name = step.text(0, &length);
  const int result = step.op() == Op::hostname ? sethostname(name, length) : setdomainname(name, length);
  return result == 0 ? 0 : errno;
}

int loopback_up() {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return errno;
  ifreq request = {};
  memcpy(request.ifr_name, "lo", 3);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0 ? 0 : errno;
}

}  // namespace minidock::runtime::init
