#include "linux/cgroup_limits.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "linux/number_list.h"

namespace minidock::linux {
namespace {

constexpr uint64_t kDefaultPeriod = 100'000;   // µs; the kernel's own
constexpr int64_t kMostProcesses = 4'194'304;  // kernel: PID_MAX_LIMIT; pids.max refuses more

bool positive(const std::optional<int64_t>& value) {
  return value && *value > 0;
}

// Memory and swap together, or nullopt for no limit. Docker's default where memory alone is limited: as much again.
std::optional<int64_t> memory_and_swap(const oci::Resources& resources) {
  if (!positive(resources.memory_limit)) return std::nullopt;
  const int64_t limit = *resources.memory_limit, asked = resources.memory_swap.value_or(0);
  if (asked < 0) return std::nullopt;
  if (asked > 0) return asked;
  return limit > INT64_MAX / 2 ? INT64_MAX : 2 * limit;
}

std::vector<Limit> memory_v1(const oci::Resources& resources, const CgroupHierarchy& hierarchy) {
  std::vector<Limit> out;
  // kernel: fixed to 1 since 5.11; older ones take it only of a cgroup without children.
  if (resources.memory_use_hierarchy)
    out.push_back({"memory.use_hierarchy", *resources.memory_use_hierarchy ? "1" : "0", false, true});
  // order: the kernel keeps memsw >= limit, and a fresh cgroup has both without limit: the smaller goes first.
  if (positive(resources.memory_limit)) out.push_back({"memory.limit_in_bytes", whole_pages(*resources.memory_limit)});
  if (const auto both = memory_and_swap(resources); both && hierarchy.limits_swap)
    out.push_back({"memory.memsw.limit_in_bytes", whole_pages(*both)});
  if (positive(resources.memory_reservation))
    out.push_back({"memory.soft_limit_in_bytes", whole_pages(*resources.memory_reservation)});
  // kernel: refuses the first since 5.16 and warns of the second; spec: both are not recommended any more.
  if (positive(resources.memory_kernel))
    out.push_back({"memory.kmem.limit_in_bytes", whole_pages(*resources.memory_kernel), false, true});
  if (positive(resources.memory_kernel_tcp))
    out.push_back({"memory.kmem.tcp.limit_in_bytes", whole_pages(*resources.memory_kernel_tcp), false, true});
  if (resources.memory_swappiness) out.push_back({"memory.swappiness", cat(*resources.memory_swappiness)});
  // memory.oom_control reads back as three lines, so it cannot be compared.
  if (resources.disable_oom_killer) out.push_back({"memory.oom_control", "1", false});
  return out;
}

std::vector<Limit> memory_v2(const oci::Resources& resources) {
  std::vector<Limit> out;
  if (positive(resources.memory_limit)) out.push_back({"memory.max", whole_pages(*resources.memory_limit)});
  if (const auto both = memory_and_swap(resources)) {
    const int64_t swap = *both - *resources.memory_limit;
    // A kernel booted without swap accounting has no such file: harmless where none was to be had anyway, and by
    // default.
    const bool harmless = swap == 0 || !positive(resources.memory_swap);
    out.push_back({"memory.swap.max", whole_pages(swap), true, harmless});
  }
  if (positive(resources.memory_reservation)) out.push_back({"memory.low", whole_pages(*resources.memory_reservation)});
  return out;
}

// kernel: an idle group has no weight of its own, and refuses one.
bool has_weight(const oci::Resources& resources) {
  return resources.cpu_shares.value_or(0) > 0 && resources.cpu_idle.value_or(0) != 1;
}

std::vector<Limit> cpu_v1(const oci::Resources& resources) {
  std::vector<Limit> out;
  // kernel: cpu.shares is clamped to this range (kernel/sched/sched.h MIN_SHARES, MAX_SHARES).
  if (has_weight(resources))
    out.push_back({"cpu.shares", cat(std::clamp<uint64_t>(*resources.cpu_shares, 2, 262'144))});
  // order: a run time is checked against the period in force, so the period goes first; a burst against the quota.
  if (resources.cpu_realtime_period.value_or(0) > 0)
    out.push_back({"cpu.rt_period_us", cat(*resources.cpu_realtime_period)});
  if (resources.cpu_realtime_runtime.value_or(0) != 0)
    out.push_back({"cpu.rt_runtime_us", cat(*resources.cpu_realtime_runtime)});
  if (resources.cpu_period.value_or(0) > 0) out.push_back({"cpu.cfs_period_us", cat(*resources.cpu_period)});
  if (positive(resources.cpu_quota)) out.push_back({"cpu.cfs_quota_us", cat(*resources.cpu_quota)});
  if (resources.cpu_burst.value_or(0) > 0) out.push_back({"cpu.cfs_burst_us", cat(*resources.cpu_burst)});
  if (resources.cpu_idle) out.push_back({"cpu.idle", cat(*resources.cpu_idle)});
  return out;
}

std::vector<Limit> cpu_v2(const oci::Resources& resources) {
  std::vector<Limit> out;
  if (has_weight(resources)) out.push_back({"cpu.weight", cat(cpu_weight_from_shares(*resources.cpu_shares))});
  const bool quota = positive(resources.cpu_quota), period = resources.cpu_period.value_or(0) > 0;
  if (quota || period) {
    const std::string share = quota ? cat(*resources.cpu_quota) : "max";
    out.push_back({"cpu.max", cat(share, " ", period ? *resources.cpu_period : kDefaultPeriod)});
  }
  if (resources.cpu_burst.value_or(0) > 0) out.push_back({"cpu.max.burst", cat(*resources.cpu_burst)});
  if (resources.cpu_idle) out.push_back({"cpu.idle", cat(*resources.cpu_idle)});
  return out;
}

std::vector<Limit> cpuset_limits(const oci::Resources& resources) {
  std::vector<Limit> out;
  const auto add = [&](const char* file, const std::string& list) {
    if (!list.empty()) out.push_back({file, format_number_list(parse_number_list(list).value())});
  };
  add("cpuset.cpus", resources.cpuset_cpus);
  add("cpuset.mems", resources.cpuset_mems);
  return out;
}

std::vector<Limit> pids_limits(const oci::Resources& resources) {
  const int64_t limit = resources.pids_limit.value_or(-1);
  if (limit < 0 || limit > kMostProcesses) return {};
  // None at all would leave no room for the container's own first process; systemd's TasksMax= begins at 1 too.
  return {{"pids.max", cat(std::max<int64_t>(limit, 1))}};
}

}  // namespace

std::string whole_pages(int64_t bytes) {
  return cat(bytes - bytes % ::getpagesize());
}

std::vector<Limit> cpuset_limits_v1(const oci::Resources& resources, const CgroupHierarchy& hierarchy) {
  std::vector<Limit> out = cpuset_limits(resources);
  // kernel: no process may join a v1 cpuset until both its lists are set, and a new one starts with neither.
  if (resources.cpuset_cpus.empty()) out.insert(out.begin(), {"cpuset.cpus", hierarchy.cpus});
  if (resources.cpuset_mems.empty()) out.push_back({"cpuset.mems", hierarchy.mems});
  return out;
}

std::vector<Limit> limits_v1(std::string_view controller, const oci::Resources& resources,
                             const CgroupHierarchy& hierarchy) {
  if (controller == "memory") return memory_v1(resources, hierarchy);
  if (controller == "cpu") return cpu_v1(resources);
  if (controller == "pids") return pids_limits(resources);
  if (controller != "cpuset") return device_limits(controller, resources, 1);
  return cpuset_limits(resources).empty() ? std::vector<Limit>{} : cpuset_limits_v1(resources, hierarchy);
}

std::vector<Limit> limits_v2(std::string_view controller, const oci::Resources& resources) {
  if (controller == "memory") return memory_v2(resources);
  if (controller == "cpu") return cpu_v2(resources);
  if (controller == "pids") return pids_limits(resources);
  return controller == "cpuset" ? cpuset_limits(resources) : device_limits(controller, resources, 2);
}

std::vector<std::string> memory_warnings(const oci::Resources& resources, const CgroupHierarchy& memory) {
  std::vector<std::string> out;
  if (memory.version == 1 && !memory.limits_swap && memory_and_swap(resources)) {
    out.push_back(
        "this kernel does not account swap: memory is limited without swap; boot with swapaccount=1 for both");
  }
  if (memory.version == 2 && resources.memory_swappiness)
    out.push_back("cgroup v2 has no swappiness of one cgroup: the option is ignored");
  if (memory.version == 2 && resources.disable_oom_killer)
    out.push_back("cgroup v2 cannot disable the OOM killer of one cgroup: the option is ignored");
  if (memory.version == 2 && (positive(resources.memory_kernel) || positive(resources.memory_kernel_tcp)))
    out.push_back("cgroup v2 has no limits of kernel memory: the option is ignored");
  return out;
}

std::vector<std::string> cpu_warnings(const oci::Resources& resources, const CgroupHierarchy& cpu) {
  const bool realtime =
      resources.cpu_realtime_period.value_or(0) > 0 || resources.cpu_realtime_runtime.value_or(0) != 0;
  if (cpu.version == 1 || !realtime) return {};
  return {"cgroup v2 cannot share out realtime of the CPUs: the option is ignored"};
}

uint64_t cpu_weight_from_shares(uint64_t shares) {
  // Onto 1..10000 such that the two defaults meet: 2 -> 1, 1024 -> 100, 262144 -> 10000.
  if (shares <= 2) return 1;
  if (shares >= 262'144) return 10'000;
  const double exponent = std::log2(static_cast<double>(shares));
  return static_cast<uint64_t>(std::ceil(std::pow(10, (exponent * exponent + 125 * exponent) / 612 - 7.0 / 34)));
}

}  // namespace minidock::linux
