#include "linux/cgroup_update.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "linux/cgroup_apply.h"
#include "linux/cgroup_files.h"
#include "linux/cgroup_limits.h"

namespace minidock::linux {
namespace {

constexpr int64_t kUnlimited = -1;

// -1 as the largest, for comparisons.
uint64_t height(int64_t limit) {
  return limit < 0 ? UINT64_MAX : static_cast<uint64_t>(limit);
}

// A limit as both versions show it: "max" and v1's number near 2^63 are -1.
std::optional<int64_t> find_limit(const std::string& directory, const char* file) {
  const std::string text(trim(read_cgroup_text(directory, file)));
  if (text == "max") return kUnlimited;
  const std::optional<int64_t> number = parse_int(text);
  return number && *number >= static_cast<int64_t>(kUnlimitedBytes) ? kUnlimited : number;
}

class Updater {
 public:
  Updater(std::string directory, const CgroupCurrent& current, const oci::Resources& change)
      : directory_(std::move(directory)), current_(current), change_(change) {}

  void memory_v1();
  void memory_v2();
  void cpu_v1();
  void cpu_v2();
  void pids();
  void rest(std::string_view controller, const CgroupHierarchy& hierarchy);
  void unified();

  std::vector<CgroupWrite> take() && { return std::move(out_); }

 private:
  void add(const char* file, std::string value, bool verify = true, bool optional = false) {
    out_.push_back({directory_, file, std::move(value), verify, optional});
  }
  void burst(const char* file) {
    if (change_.cpu_burst) add(file, cat(*change_.cpu_burst));
  }
  void check_usage() const;
  // runc's rule: who lifts the memory limit and says nothing of swap means both.
  std::optional<int64_t> swap() const {
    if (change_.memory_swap.value_or(0) != 0) return change_.memory_swap;
    return change_.memory_limit == kUnlimited ? change_.memory_limit : std::nullopt;
  }
  std::optional<int64_t> limit() const {
    return change_.memory_limit.value_or(0) != 0 ? change_.memory_limit : std::nullopt;
  }

  std::string directory_;
  const CgroupCurrent& current_;
  const oci::Resources& change_;
  std::vector<CgroupWrite> out_;
};

// kernel: v1 refuses a limit that it cannot reclaim down to; v2 kills. Who asks for the check wants neither. The words
// are runc's, which its callers know.
void Updater::check_usage() const {
  if (!change_.memory_check_before_update.value_or(false) || !current_.memory_usage) return;
  const auto refuse = [&](const char* what, int64_t limit) {
    throw_error(ErrorKind::invalid, "rejecting ", what, " limit ", limit, ": the container uses ",
                *current_.memory_usage, " bytes");
  };
  const auto too_low = [&](int64_t limit) {
    return limit > 0 && static_cast<uint64_t>(limit) <= *current_.memory_usage;
  };
  const int64_t both = change_.memory_swap.value_or(0), memory = change_.memory_limit.value_or(0);
  if (too_low(both)) refuse("memory+swap", both);
  if (too_low(memory)) refuse("memory", memory);
}

void Updater::memory_v1() {
  check_usage();
  const auto text = [](int64_t bytes) { return bytes < 0 ? std::string("-1") : whole_pages(bytes); };
  const std::optional<int64_t> both = swap(), memory = limit();
  const auto put_memory = [&] {
    if (memory) add("memory.limit_in_bytes", text(*memory), *memory > 0);
  };
  const auto put_both = [&] {
    if (both) add("memory.memsw.limit_in_bytes", text(*both), *both > 0, change_.memory_swap.value_or(0) == 0);
  };
  const int64_t after = both.value_or(current_.memory_swap.value_or(kUnlimited));
  if (memory && height(*memory) > height(after))
    throw_error(ErrorKind::invalid, "cannot set the memory limit to ", *memory, ": memory and swap together may be ",
                after, "; give both limits");
  // order: the kernel keeps memory <= memory and swap, at every moment.
  const bool grows = both && height(*both) > height(current_.memory_swap.value_or(kUnlimited));
  if (grows) put_both();
  put_memory();
  if (!grows) put_both();
  if (change_.memory_reservation.value_or(0) != 0)
    add("memory.soft_limit_in_bytes", text(*change_.memory_reservation), *change_.memory_reservation > 0);
  if (change_.memory_kernel.value_or(0) != 0)
    add("memory.kmem.limit_in_bytes", text(*change_.memory_kernel), false, true);
  if (change_.memory_kernel_tcp.value_or(0) != 0)
    add("memory.kmem.tcp.limit_in_bytes", text(*change_.memory_kernel_tcp), false, true);
  if (change_.memory_swappiness) add("memory.swappiness", cat(*change_.memory_swappiness));
  if (change_.disable_oom_killer) add("memory.oom_control", "1", false);
}

void Updater::memory_v2() {
  check_usage();
  const auto text = [](int64_t bytes) { return bytes < 0 ? std::string("max") : whole_pages(bytes); };
  const std::optional<int64_t> both = swap(), memory = limit();
  if (both && *both > 0) {
    const int64_t base = memory.value_or(current_.memory_limit.value_or(kUnlimited));
    if (base < 0) throw_error(ErrorKind::invalid, "cannot limit swap to ", *both, ": memory has no limit; give both");
    if (*both < base)
      throw_error(ErrorKind::invalid, "cannot limit memory and swap together to ", *both, ": memory alone may be ",
                  base);
    // A kernel without swap accounting has no such file, and nothing to forbid or to lift.
    add("memory.swap.max", whole_pages(*both - base), true, *both == base);
  } else if (both) {
    add("memory.swap.max", "max", false, true);
  }
  if (memory) add("memory.max", text(*memory));
  if (change_.memory_reservation.value_or(0) != 0) add("memory.low", text(*change_.memory_reservation));
}

void Updater::cpu_v1() {
  if (change_.cpu_idle == 0) add("cpu.idle", "0");
  oci::Resources part;
  part.cpu_shares = change_.cpu_shares;
  part.cpu_idle = change_.cpu_idle == 1 ? change_.cpu_idle : std::nullopt;
  part.cpu_realtime_period = change_.cpu_realtime_period;
  part.cpu_realtime_runtime = change_.cpu_realtime_runtime;
  for (const Limit& one : limits_v1("cpu", part, {})) add(one.file.c_str(), one.value, one.verify);
  const uint64_t period = change_.cpu_period.value_or(0);
  const int64_t quota = change_.cpu_quota.value_or(0);
  const bool less_burst = change_.cpu_burst && *change_.cpu_burst <= current_.cpu_burst.value_or(0);
  // order: a burst may not be above the quota.
  if (less_burst) burst("cpu.cfs_burst_us");
  const auto put_period = [&] {
    if (period != 0) add("cpu.cfs_period_us", cat(period));
  };
  // order: quota / period may not be above the parent's: between the two writes it has to be the lower of both.
  const bool period_first = period >= current_.cpu_period.value_or(0);
  if (period_first) put_period();
  if (quota != 0) add("cpu.cfs_quota_us", cat(quota));
  if (!period_first) put_period();
  if (!less_burst) burst("cpu.cfs_burst_us");
}

void Updater::cpu_v2() {
  if (change_.cpu_idle == 0) add("cpu.idle", "0");
  if (change_.cpu_shares.value_or(0) != 0 && change_.cpu_idle.value_or(0) != 1)
    add("cpu.weight", cat(cpu_weight_from_shares(*change_.cpu_shares)));
  if (change_.cpu_idle == 1) add("cpu.idle", "1");
  const bool less_burst = change_.cpu_burst && *change_.cpu_burst <= current_.cpu_burst.value_or(0);
  if (less_burst) burst("cpu.max.burst");
  if (change_.cpu_quota.value_or(0) != 0 || change_.cpu_period.value_or(0) != 0) {
    int64_t quota = change_.cpu_quota.value_or(0);
    if (quota == 0) quota = current_.cpu_quota.value_or(kUnlimited);
    uint64_t period = change_.cpu_period.value_or(0);
    if (period == 0) period = current_.cpu_period.value_or(100'000);
    add("cpu.max", cat(quota < 0 ? "max" : cat(quota), " ", period));
  }
  if (!less_burst) burst("cpu.max.burst");
}

void Updater::pids() {
  if (!change_.pids_limit) return;
  const int64_t limit = *change_.pids_limit;
  add("pids.max", limit < 0 ? "max" : cat(std::max<int64_t>(limit, 1)));
}

// What has no order and no way to be lifted but its own value.
void Updater::rest(std::string_view controller, const CgroupHierarchy& hierarchy) {
  const bool cpuset = controller == "cpuset";
  // A list that the change leaves out stays: limits_v1 would fill it in for a new cgroup.
  const bool both_lists = !change_.cpuset_cpus.empty() && !change_.cpuset_mems.empty();
  for (const Limit& one : hierarchy.version == 1 && !(cpuset && !both_lists) ? limits_v1(controller, change_, hierarchy)
                                                                             : limits_v2(controller, change_))
    add(one.file.c_str(), one.value, one.verify, one.optional);
}

void Updater::unified() {
  for (const Limit& one : unified_limits(change_.unified)) add(one.file.c_str(), one.value, one.verify);
}

constexpr const char* kUpdated[] = {"memory",  "cpu",  "pids",    "cpuset",  "blkio",
                                    "hugetlb", "rdma", "net_cls", "net_prio"};

std::vector<CgroupWrite> writes_of(std::string_view controller, const CgroupHierarchy& hierarchy, Updater updater) {
  const bool v1 = hierarchy.version == 1;
  if (controller == "memory")
    v1 ? updater.memory_v1() : updater.memory_v2();
  else if (controller == "cpu")
    v1 ? updater.cpu_v1() : updater.cpu_v2();
  else if (controller == "pids")
    updater.pids();
  else
    updater.rest(controller, hierarchy);
  return std::move(updater).take();
}

}  // namespace

CgroupCurrent read_cgroup_current(const CgroupLayout& layout, const std::string& path) {
  CgroupCurrent out;
  if (const CgroupHierarchy* memory = layout.find("memory")) {
    const std::string directory = cgroup_directory(*memory, path);
    const bool v2 = memory->version == 2;
    out.memory_limit = find_limit(directory, v2 ? "memory.max" : "memory.limit_in_bytes");
    out.memory_swap = find_limit(directory, v2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes");
    out.memory_usage = find_cgroup_number(directory, v2 ? "memory.current" : "memory.usage_in_bytes");
  }
  const CgroupHierarchy* cpu = layout.find("cpu");
  if (!cpu) return out;
  const std::string directory = cgroup_directory(*cpu, path);
  out.cpu_burst = find_cgroup_number(directory, cpu->version == 2 ? "cpu.max.burst" : "cpu.cfs_burst_us");
  if (cpu->version == 1) {
    out.cpu_quota = find_limit(directory, "cpu.cfs_quota_us");
    out.cpu_period = find_cgroup_number(directory, "cpu.cfs_period_us");
    return out;
  }
  // "max 100000"
  const std::vector<std::string> words = split(trim(read_cgroup_text(directory, "cpu.max")), ' ');
  if (words.size() != 2) return out;
  out.cpu_quota = words[0] == "max" ? std::optional<int64_t>(kUnlimited) : parse_int(words[0]);
  out.cpu_period = parse_unsigned(words[1]);
  return out;
}

std::vector<CgroupWrite> plan_cgroup_update(const CgroupLayout& layout, const std::string& path,
                                            const CgroupCurrent& current, const oci::Resources& change) {
  check_resources(change);
  check_cpuset(change, layout.find("cpuset"));
  std::vector<CgroupWrite> out;
  for (const char* controller : kUpdated) {
    // "blkio" stands for v2's io.
    const CgroupHierarchy* hierarchy = layout.find(controller);
    if (!hierarchy && std::string_view(controller) == "blkio") hierarchy = layout.find("io");
    static const CgroupHierarchy kNone;
    const CgroupHierarchy& where = hierarchy ? *hierarchy : kNone;
    const std::string directory = hierarchy ? cgroup_directory(*hierarchy, path) : "";
    const std::vector<CgroupWrite> writes = writes_of(controller, where, {directory, current, change});
    if (!hierarchy && !writes.empty())
      throw_error(ErrorKind::unsupported, "cannot set ", writes.front().file, ": this host has no ", controller,
                  " cgroup controller");
    out.insert(out.end(), writes.begin(), writes.end());
  }
  if (change.unified.empty()) return out;
  const CgroupHierarchy* unified = layout.unified();
  if (!unified)
    throw_error(ErrorKind::unsupported, "invalid configuration: cannot set ", change.unified.begin()->first,
                ": this host has no cgroup v2");
  Updater updater(cgroup_directory(*unified, path), current, change);
  updater.unified();
  const std::vector<CgroupWrite> writes = std::move(updater).take();
  out.insert(out.end(), writes.begin(), writes.end());
  return out;
}

oci::Resources complete_change(const CgroupCurrent& current, const oci::Resources& change) {
  oci::Resources out = change;
  const bool limits = change.memory_limit.value_or(0) != 0, swaps = change.memory_swap.value_or(0) != 0;
  if (!swaps && change.memory_limit == kUnlimited) out.memory_swap = kUnlimited;
  // Properties of v2 give swap alone, which is the rest of both.
  if (swaps && *change.memory_swap > 0 && !limits) out.memory_limit = current.memory_limit;
  const bool quota = change.cpu_quota.value_or(0) != 0, period = change.cpu_period.value_or(0) != 0;
  if (quota && !period) out.cpu_period = current.cpu_period;
  if (period && !quota) out.cpu_quota = current.cpu_quota;
  return out;
}

void update_cgroup(const CgroupLayout& layout, const std::string& path, const oci::Resources& change) {
  if (find_cgroups(layout, path).empty())
    throw_error(ErrorKind::not_found, "the cgroup ", printable(path), " does not exist");
  write_cgroups(plan_cgroup_update(layout, path, read_cgroup_current(layout, path), change));
}

}  // namespace minidock::linux
