#include "runtime/starter/before_clone.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "linux/syscalls.h"
#include "runtime/init/paths.h"
#include "runtime/starter/cgroup.h"

namespace minidock::runtime {

int execute_before_clone(init::Context& context, const RecordView& step) {
  switch (step.op()) {
    case Op::cgroup_create:
      return cgroup_create(step);
    case Op::cgroup_write:
      return cgroup_write(step);
    case Op::device_filter:
      return device_filter(step);
    default:
      return init::execute_step(context, step);
  }
}

init::Report report_of(const init::Context& context, const RecordView& step, int error_number) {
  init::Report report = {};
  report.kind = init::ReportKind::failed;
  report.error_number = error_number;
  report.exit_code = 125;
  memcpy(report.step, step.name(), strnlen(step.name(), sizeof report.step - 1));
  memcpy(report.detail, context.detail.c_str(), strnlen(context.detail.c_str(), sizeof report.detail - 1));
  static const char kNotApplied[] = "the kernel did not take the value: it reads back different";
  static const char kNoCgroup[] = "not a cgroup file system";
  if (error_number == EILSEQ) memcpy(report.detail, kNotApplied, sizeof kNotApplied);
  const bool cgroup = step.op() == Op::cgroup_create || step.op() == Op::cgroup_write || step.op() == Op::device_filter;
  if (error_number == ENOTSUP && cgroup) memcpy(report.detail, kNoCgroup, sizeof kNoCgroup);
  return report;
}

namespace {
// kernel: clone3 came with 5.3, and some filters answer ENOSYS for it. The old call takes the same flags but has no
// cgroup: the clone then moves itself.
pid_t clone_without_clone3(uint64_t flags, int* pidfd) {
  return static_cast<pid_t>(syscall(SYS_clone, flags | SIGCHLD, nullptr, pidfd, nullptr, nullptr));
}

int join_v2(const Fd& cgroup) {
  return init::write_small(cgroup.get(), "cgroup.procs", "0", 1) == 0 ? 0 : errno;
}
}  // namespace

int clone_init(const init::Context& context, const RecordView& step, Cloned& cloned) {
  struct ::clone_args args = {};
  int pidfd = -1;
  args.flags = static_cast<uint64_t>(step.number(0)) | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  Fd cgroup;
  const int64_t opened = step.number(1) - 1;
  if (opened >= 0 || *step.text(0) != 0) {
    cgroup = Fd(opened >= 0 ? fcntl(context.slots[opened], F_DUPFD_CLOEXEC, 3)
                            : open(step.text(0), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!cgroup) return errno;
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<uint64_t>(cgroup.get());
  }
  cloned.pid = linux::clone3(&args);
  // kernel: a threaded or foreign-owned cgroup refuses the direct way with EOPNOTSUPP or EACCES; those are errors.
  if (cloned.pid < 0 && errno == ENOSYS) {
    cloned.pid = clone_without_clone3(args.flags & ~CLONE_INTO_CGROUP, &pidfd);
    if (cloned.pid == 0 && cgroup) {
      if (const int failure = join_v2(cgroup); failure != 0) _exit(125);
    }
  }
  if (cloned.pid < 0) return errno;
  if (cloned.pid > 0) cloned.pidfd = Fd(pidfd);
  return 0;
}

RecordView map_order(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) return {};
  const void* memory = mmap(nullptr, static_cast<size_t>(info.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
  if (memory == MAP_FAILED) return {};
  close(fd);
  const char* at = static_cast<const char*>(memory);
  return {at, at + info.st_size};
}

}  // namespace minidock::runtime
