// What is wrong with a set of limits, before any cgroup exists.
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "linux/cgroup_limits.h"
#include "linux/number_list.h"

namespace minidock::linux {
namespace {

template <typename... Parts>
void refuse_if(bool wrong, const Parts&... parts) {
  if (wrong) throw_error(ErrorKind::invalid, parts...);
}

void check_memory(const oci::Resources& resources) {
  const int64_t limit = resources.memory_limit.value_or(0), swap = resources.memory_swap.value_or(0);
  refuse_if(limit < -1, "invalid memory limit ", limit, ": give bytes, or -1 for no limit");
  refuse_if(swap < -1, "invalid memory-swap limit ", swap, ": give bytes, or -1 for no limit");
  refuse_if(resources.memory_reservation.value_or(0) < -1, "invalid memory reservation ",
            resources.memory_reservation.value_or(0), ": give bytes, or -1 for none");
  refuse_if(resources.memory_swappiness.value_or(0) > 100, "Invalid value: ", resources.memory_swappiness.value_or(0),
            ", valid memory swappiness range is 0-100");
}

void check_cpu(const oci::Resources& resources) {
  const uint64_t period = resources.cpu_period.value_or(0);
  const int64_t quota = resources.cpu_quota.value_or(0);
  refuse_if(period != 0 && (period < 1'000 || period > 1'000'000),
            "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
  refuse_if(quota > 0 && quota < 1'000, "CPU cfs quota can not be less than 1ms (i.e. 1000)");
  const int64_t idle = resources.cpu_idle.value_or(0);
  refuse_if(idle != 0 && idle != 1, "invalid CPU idle value ", idle, ": use 0 or 1");
}

// `available` is "" where the host has not told.
void check_list(std::string_view what, std::string_view asked, const std::string& available, std::string_view file) {
  if (asked.empty()) return;
  const auto numbers = parse_number_list(asked), present = parse_number_list(available);
  refuse_if(!numbers, "Invalid value ", asked, " for ", file);
  if (!present || present->empty()) return;
  refuse_if(!std::includes(present->begin(), present->end(), numbers->begin(), numbers->end()), "Requested ", what,
            " are not available - requested ", asked, ", available: ", available);
}

void check_devices(const std::vector<oci::DeviceRule>& rules) {
  for (const oci::DeviceRule& rule : rules) {
    refuse_if(rule.type != "a" && rule.type != "b" && rule.type != "c", "invalid device type \"", rule.type,
              "\": use a, b or c");
    refuse_if(rule.access.find_first_not_of("rwm") != std::string::npos, "invalid device access \"", rule.access,
              "\": use letters of rwm");
    // kernel: major numbers have 12 bits, minor numbers 20 (include/linux/kdev_t.h).
    refuse_if(rule.major.value_or(0) < 0 || rule.major.value_or(0) > 4095, "invalid device major number ",
              rule.major.value_or(0));
    refuse_if(rule.minor.value_or(0) < 0 || rule.minor.value_or(0) > 1048575, "invalid device minor number ",
              rule.minor.value_or(0));
  }
}

// Nothing that would begin another field or line of what the kernel reads.
bool is_word(const std::string& name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char letter) { return letter > ' ' && letter < 127; });
}

void check_weights(const oci::Resources& resources) {
  const auto wrong = [](uint16_t weight) { return weight != 0 && (weight < 10 || weight > 1000); };
  bool any = wrong(resources.blkio_weight.value_or(0)) || wrong(resources.blkio_leaf_weight.value_or(0));
  for (const oci::WeightDevice& device : resources.blkio_weight_device)
    any = any || wrong(device.weight.value_or(0)) || wrong(device.leaf_weight.value_or(0));
  refuse_if(any, "Range of blkio weight is from 10 to 1000");
}

}  // namespace

uint64_t hugepage_bytes(const std::string& page_size) {
  const std::optional<int64_t> bytes = parse_bytes(page_size);
  const bool unit = page_size.ends_with("KB") || page_size.ends_with("MB") || page_size.ends_with("GB");
  refuse_if(!unit || bytes.value_or(0) <= 0 || page_size.find('.') != std::string::npos, "invalid huge page size \"",
            printable(page_size), "\": use a form such as 2MB");
  return static_cast<uint64_t>(*bytes);
}

void check_resources(const oci::Resources& resources) {
  check_memory(resources);
  check_cpu(resources);
  check_weights(resources);
  check_devices(resources.devices);
  for (const oci::HugepageLimit& limit : resources.hugepage_limits) hugepage_bytes(limit.page_size);
  for (const oci::NetworkPriority& one : resources.network_priorities)
    refuse_if(!is_word(one.name), "invalid network interface name \"", printable(one.name), "\"");
  for (const auto& [device, limit] : resources.rdma)
    refuse_if(!is_word(device), "invalid rdma device name \"", printable(device), "\"");
  for (const auto& [file, value] : resources.unified) {
    // security: a file name, not a path out of the cgroup; cgroup.* moves processes and controllers.
    refuse_if(file.find('/') != std::string::npos || file.find('.') == std::string::npos || file.starts_with("cgroup."),
              "invalid unified resource \"", printable(file), "\": use a controller's file such as memory.high");
  }
}

void check_combinations(const oci::Resources& resources, CgroupScope scope) {
  const int64_t limit = resources.memory_limit.value_or(0), swap = resources.memory_swap.value_or(0);
  refuse_if(swap > 0 && limit <= 0, "You should always set the Memory limit when using Memoryswap limit, see usage");
  refuse_if(swap > 0 && swap < limit, "Minimum memoryswap limit should be larger than memory limit, see usage");
  if (scope == CgroupScope::all) return;
  const int64_t reservation = resources.memory_reservation.value_or(0);
  const int page = ::getpagesize();
  refuse_if(limit > 0 && limit < page, "invalid memory limit ", limit, ": the least is ", page, " bytes, one page");
  refuse_if(reservation < 0, "invalid memory reservation ", reservation, ": give bytes");
  refuse_if(limit > 0 && reservation > limit,
            "Minimum memory limit can not be less than memory reservation limit, see usage");
}

void check_cpuset(const oci::Resources& resources, const CgroupHierarchy* cpuset) {
  static const CgroupHierarchy kUnknown;
  const CgroupHierarchy& host = cpuset ? *cpuset : kUnknown;
  check_list("CPUs", resources.cpuset_cpus, host.cpus, "cpuset cpus");
  check_list("memory nodes", resources.cpuset_mems, host.mems, "cpuset mems");
}

}  // namespace minidock::linux
