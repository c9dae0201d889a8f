// From the spec's names to the kernel's numbers: sched_setattr(2), ioprio_set(2), personality(2), sched_setaffinity(2).
#include <linux/sched.h>
#include <sched.h>
#include <sys/personality.h>

#include <cstring>
#include <map>
#include <string_view>

#include "base/text.h"
#include "linux/number_list.h"
#include "runtime/plan_process.h"

namespace minidock::runtime {

namespace {
using Names = std::map<std::string_view, int64_t>;

int64_t number_of(const Names& names, const std::string& name, std::string_view field) {
  const auto found = names.find(name);
  if (found == names.end())
    throw_error(ErrorKind::invalid, "config: ", field, ": unknown value \"", printable(name), "\"");
  return found->second;
}

const Names& policies() {
  static const Names kNames = {
      {"SCHED_OTHER", SCHED_NORMAL},     {"SCHED_FIFO", SCHED_FIFO}, {"SCHED_RR", SCHED_RR},
      {"SCHED_BATCH", SCHED_BATCH},      {"SCHED_ISO", 4},           {"SCHED_IDLE", SCHED_IDLE},
      {"SCHED_DEADLINE", SCHED_DEADLINE}};
  return kNames;
}

const Names& policy_flags() {
  static const Names kNames = {
      {"SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK},  {"SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM},
      {"SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN},        {"SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY},
      {"SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS},      {"SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN},
      {"SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX}};
  return kNames;
}

void plan_scheduler(Builder& builder, const oci::Scheduler& scheduler) {
  int64_t flags = 0;
  for (const std::string& flag : scheduler.flags) flags |= number_of(policy_flags(), flag, "process.scheduler.flags");
  const int64_t policy = number_of(policies(), scheduler.policy, "process.scheduler.policy");
  builder.init(Op::scheduler, cat("schedule by ", scheduler.policy), "how the kernel shares the processors", {},
               {policy, flags, scheduler.nice, scheduler.priority, static_cast<int64_t>(scheduler.runtime),
                static_cast<int64_t>(scheduler.deadline), static_cast<int64_t>(scheduler.period)});
}

void plan_io_priority(Builder& builder, const oci::IoPriority& priority) {
  static const Names kClasses = {{"IOPRIO_CLASS_RT", 1}, {"IOPRIO_CLASS_BE", 2}, {"IOPRIO_CLASS_IDLE", 3}};
  constexpr int kClassShift = 13;  // IOPRIO_CLASS_SHIFT
  const int64_t io_class = number_of(kClasses, priority.io_class, "process.ioPriority.class");
  if (priority.priority < 0 || priority.priority > 7)
    throw_error(ErrorKind::invalid, "config: process.ioPriority.priority: must be 0 to 7, not ", priority.priority);
  builder.init(Op::io_priority, cat("set io priority ", priority.io_class, " ", priority.priority),
               "whose reads and writes come first", {}, {io_class << kClassShift | priority.priority});
}
}  // namespace

void plan_scheduling(Builder& builder, const oci::Process& process) {
  if (process.scheduler) plan_scheduler(builder, *process.scheduler);
  if (process.io_priority) plan_io_priority(builder, *process.io_priority);
}

void plan_personality(Builder& builder, const oci::Personality& personality) {
  static const Names kDomains = {{"LINUX", PER_LINUX}, {"LINUX32", PER_LINUX32}};
  const int64_t domain = number_of(kDomains, personality.domain, "linux.personality.domain");
  // spec: config-linux.md "Personality": flags are not supported by any runtime yet.
  if (!personality.flags.empty())
    throw_error(ErrorKind::unsupported, "config: linux.personality.flags: not supported; leave them out");
  builder.init(Op::personality, cat("set personality ", personality.domain),
               "what uname tells, for programs of another word size", {}, {domain});
}

void plan_free_affinity(Builder& builder) {
  // kernel: since 6.2 what sched_setaffinity once set stays with a process that changes its cpuset.
  builder.init(Op::cpu_affinity, "run on all processors of the cgroup",
               "not on those alone that the caller was bound to", {""});
}

void plan_affinity(Builder& builder, Stage stage, const std::string& cpus) {
  if (cpus.empty()) return;
  const std::optional<std::vector<int>> numbers = linux::parse_number_list(cpus);
  if (!numbers) throw_error(ErrorKind::invalid, "config: process.execCPUAffinity: not a list of processors: ", cpus);
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : *numbers) {
    if (cpu >= CPU_SETSIZE)
      throw_error(ErrorKind::invalid, "config: process.execCPUAffinity: processor ", cpu, " is over ", CPU_SETSIZE - 1);
    CPU_SET(cpu, &set);
  }
  std::string bytes(sizeof set, '\0');
  std::memcpy(bytes.data(), &set, sizeof set);
  builder.at(stage, Op::cpu_affinity, cat("run on processors ", cpus), "as process.execCPUAffinity asks",
             {std::move(bytes)});
}

}  // namespace minidock::runtime
