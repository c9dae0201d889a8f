// How the kernel schedules the process and its reads and writes.
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/init/steps.h"

namespace minidock::runtime::init {

namespace {
// sched_setattr(2), its first version, which every kernel knows.
struct SchedulerAttributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};
static_assert(sizeof(SchedulerAttributes) == 48);

constexpr int kIoPriorityOfProcess = 1;  // IOPRIO_WHO_PROCESS of linux/ioprio.h, in headers only since 5.15
}  // namespace

int scheduler_step(Context& context, const RecordView& step) {
  SchedulerAttributes attributes = {};
  attributes.size = sizeof attributes;
  attributes.policy = static_cast<uint32_t>(step.number(0));
  attributes.flags = static_cast<uint64_t>(step.number(1));
  attributes.nice = static_cast<int32_t>(step.number(2));
  attributes.priority = static_cast<uint32_t>(step.number(3));
  attributes.runtime = static_cast<uint64_t>(step.number(4));
  attributes.deadline = static_cast<uint64_t>(step.number(5));
  attributes.period = static_cast<uint64_t>(step.number(6));
  if (syscall(SYS_sched_setattr, 0, &attributes, 0) == 0) return 0;
  // kernel: sched_setattr(2), EPERM: a deadline is promised only to who may run on every processor.
  if (errno == EPERM && attributes.policy == SCHED_DEADLINE) {
    context.detail << "operation not permitted: it takes CAP_SYS_NICE, and a process that may run on all processors: "
                      "leave linux.resources.cpu.cpus out";
    return EPERM;
  }
  return errno;
}

int io_priority_step(const RecordView& step) {
  return syscall(SYS_ioprio_set, kIoPriorityOfProcess, 0, static_cast<int>(step.number(0))) == 0 ? 0 : errno;
}

int cpu_affinity_step(const RecordView& step) {
  uint32_t size = 0;
  const char* bytes = step.text(0, &size);
  if (size == 0) {
    // kernel: cut to the cpuset, and by the length of its own mask.
    char all[1024];
    memset(all, 0xff, sizeof all);
    (void)syscall(SYS_sched_setaffinity, 0, sizeof all, all);
    return 0;
  }
  return syscall(SYS_sched_setaffinity, 0, size, bytes) >= 0 ? 0 : errno;
}

int personality_step(const RecordView& step) {
  return personality(static_cast<unsigned long>(step.number(0))) >= 0 ? 0 : errno;
}

}  // namespace minidock::runtime::init
