// From oci::Resources to the files of v1 and v2: what plan_cgroup writes into the container's own cgroup.
// Internal to src/linux. A fresh cgroup is unlimited, so "unlimited" is never written.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "linux/cgroup.h"

namespace minidock::linux {

// Throws invalid for values that no kernel takes, each looked at alone: an update may give any of them.
void check_resources(const oci::Resources& resources);
// For the limits of a new cgroup: those that contradict each other. Docker, whose words these are, refuses one more.
void check_combinations(const oci::Resources& resources, CgroupScope scope);
// Throws invalid for a cpuset that is malformed or not within what `cpuset` (may be nullptr) has.
void check_cpuset(const oci::Resources& resources, const CgroupHierarchy* cpuset);
// "2MB", "64KB", "1GB" in bytes; throws invalid.
uint64_t hugepage_bytes(const std::string& page_size);

struct Limit {
  std::string file, value;
  bool verify = true;
  bool optional = false;
};

// The limits of one controller, in an order that the kernel accepts; empty when nothing was asked of it.
// `controller` is a v1 name also for v2: "blkio" stands for v2's io.
std::vector<Limit> limits_v1(std::string_view controller, const oci::Resources& resources,
                             const CgroupHierarchy& hierarchy);
std::vector<Limit> limits_v2(std::string_view controller, const oci::Resources& resources);
// Both lists, those of `hierarchy` where none was asked for: without them no process may join.
std::vector<Limit> cpuset_limits_v1(const oci::Resources& resources, const CgroupHierarchy& hierarchy);

// Those of blkio, hugetlb, rdma, net_cls and net_prio, which have lists of devices.
std::vector<Limit> device_limits(std::string_view controller, const oci::Resources& resources, int version);

// kernel: memory limits are kept in pages, rounded down; the aligned value is what reads back.
std::string whole_pages(int64_t bytes);

// v2's files by name. kernel: a file such as io.max takes one line a write, so a value of several is several writes.
std::vector<Limit> unified_limits(const std::map<std::string, std::string>& unified);

// What was asked for and the controller of this version cannot do, or that the kernel was booted without.
std::vector<std::string> memory_warnings(const oci::Resources& resources, const CgroupHierarchy& memory);
std::vector<std::string> cpu_warnings(const oci::Resources& resources, const CgroupHierarchy& cpu);

// The rules that a device controller gets: see plan_cgroup. Empty: every device is allowed.
std::vector<oci::DeviceRule> effective_device_rules(const std::vector<oci::DeviceRule>& rules);
// Lines for v1's devices.deny and devices.allow.
std::vector<Limit> device_limits_v1(const std::vector<oci::DeviceRule>& rules);

}  // namespace minidock::linux
