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

// kernel: memory limits are kept in pages, rounded down; the aligned value is what reads back.
std::string pages(int64_t bytes) {
  return cat(bytes - bytes % ::getpagesize());
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
  // order: the kernel keeps memsw >= limit, and a fresh cgroup has both without limit: the smaller goes first.
  if (positive(resources.memory_limit)) out.push_back({"memory.limit_in_bytes", pages(*resources.memory_limit)});
  if (const auto both = memory_and_swap(resources); both && hierarchy.limits_swap)
    out.push_back({"memory.memsw.limit_in_bytes", pages(*both)});
  if (positive(resources.memory_reservation))
    out.push_back({"memory.soft_limit_in_bytes", pages(*resources.memory_reservation)});
  if (resources.memory_swappiness) out.push_back({"memory.swappiness", cat(*resources.memory_swappiness)});
  // memory.oom_control reads back as three lines, so it cannot be compared.
  if (resources.disable_oom_killer) out.push_back({"memory.oom_control", "1", false});
  return out;
}

std::vector<Limit> memory_v2(const oci::Resources& resources) {
  std::vector<Limit> out;
  if (positive(resources.memory_limit)) out.push_back({"memory.max", pages(*resources.memory_limit)});
  if (const auto both = memory_and_swap(resources)) {
    // A kernel booted without swap accounting has no such file: harmless unless swap was asked for by name.
    const bool by_default = !positive(resources.memory_swap);
    out.push_back({"memory.swap.max", pages(*both - *resources.memory_limit), true, by_default});
  }
  if (positive(resources.memory_reservation)) out.push_back({"memory.low", pages(*resources.memory_reservation)});
  return out;
}

std::vector<Limit> cpu_v1(const oci::Resources& resources) {
  std::vector<Limit> out;
  // kernel: cpu.shares is clamped to this range (kernel/sched/sched.h MIN_SHARES, MAX_SHARES).
  if (resources.cpu_shares.value_or(0) > 0)
    out.push_back({"cpu.shares", cat(std::clamp<uint64_t>(*resources.cpu_shares, 2, 262'144))});
  // order: the quota is checked against the period in force, so the period goes first.
  if (resources.cpu_period.value_or(0) > 0) out.push_back({"cpu.cfs_period_us", cat(*resources.cpu_period)});
  if (positive(resources.cpu_quota)) out.push_back({"cpu.cfs_quota_us", cat(*resources.cpu_quota)});
  return out;
}

std::vector<Limit> cpu_v2(const oci::Resources& resources) {
  std::vector<Limit> out;
  if (resources.cpu_shares.value_or(0) > 0)
    out.push_back({"cpu.weight", cat(cpu_weight_from_shares(*resources.cpu_shares))});
  const bool quota = positive(resources.cpu_quota), period = resources.cpu_period.value_or(0) > 0;
  if (quota || period) {
    const std::string share = quota ? cat(*resources.cpu_quota) : "max";
    out.push_back({"cpu.max", cat(share, " ", period ? *resources.cpu_period : kDefaultPeriod)});
  }
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
  if (!positive(resources.pids_limit) || *resources.pids_limit > kMostProcesses) return {};
  return {{"pids.max", cat(*resources.pids_limit)}};
}

std::vector<Limit> blkio_v1(const oci::Resources& resources) {
  if (resources.blkio_weight.value_or(0) == 0) return {};
  // Which file there is depends on the I/O scheduler, and neither may be: a weight is a preference, not a protection.
  const std::string weight = cat(*resources.blkio_weight);
  return {{"blkio.bfq.weight", weight, true, true}, {"blkio.weight", weight, true, true}};
}

std::vector<Limit> io_v2(const oci::Resources& resources) {
  if (resources.blkio_weight.value_or(0) == 0) return {};
  // 10..1000 onto 1..10000, as runc and crun do for io.weight; io.bfq.weight has v1's range.
  const uint64_t weight = *resources.blkio_weight;
  // Both files read back as "default N".
  return {{"io.bfq.weight", cat(weight), false, true}, {"io.weight", cat(1 + (weight - 10) * 9999 / 990), false, true}};
}

}  // namespace

std::vector<Limit> limits_v1(std::string_view controller, const oci::Resources& resources,
                             const CgroupHierarchy& hierarchy) {
  if (controller == "memory") return memory_v1(resources, hierarchy);
  if (controller == "cpu") return cpu_v1(resources);
  if (controller == "pids") return pids_limits(resources);
  if (controller == "blkio") return blkio_v1(resources);
  if (controller != "cpuset") return {};
  std::vector<Limit> out = cpuset_limits(resources);
  if (out.empty()) return out;
  // kernel: no process may join a v1 cpuset until both its lists are set, and a new one starts with neither.
  if (resources.cpuset_cpus.empty()) out.insert(out.begin(), {"cpuset.cpus", hierarchy.cpus});
  if (resources.cpuset_mems.empty()) out.push_back({"cpuset.mems", hierarchy.mems});
  return out;
}

std::vector<Limit> limits_v2(std::string_view controller, const oci::Resources& resources) {
  if (controller == "memory") return memory_v2(resources);
  if (controller == "cpu") return cpu_v2(resources);
  if (controller == "pids") return pids_limits(resources);
  if (controller == "blkio") return io_v2(resources);
  return controller == "cpuset" ? cpuset_limits(resources) : std::vector<Limit>{};
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
  return out;
}

uint64_t cpu_weight_from_shares(uint64_t shares) {
  // Onto 1..10000 such that the two defaults meet: 2 -> 1, 1024 -> 100, 262144 -> 10000.
  if (shares <= 2) return 1;
  if (shares >= 262'144) return 10'000;
  const double exponent = std::log2(static_cast<double>(shares));
  return static_cast<uint64_t>(std::ceil(std::pow(10, (exponent * exponent + 125 * exponent) / 612 - 7.0 / 34)));
}

}  // namespace minidock::linux
