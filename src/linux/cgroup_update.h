// Changing the limits of a running container: which files, in an order that the kernel accepts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "linux/cgroup.h"

namespace minidock::linux {

// The limits in force that the order or the value of a write depends on; nullopt: no such file.
struct CgroupCurrent {
  std::optional<int64_t> memory_limit;  // bytes; -1: unlimited
  std::optional<int64_t> memory_swap;   // v1: memory and swap together; v2: swap alone; -1: unlimited
  std::optional<uint64_t> memory_usage;
  std::optional<int64_t> cpu_quota;  // µs a period; -1: unlimited
  std::optional<uint64_t> cpu_period, cpu_burst;
};
CgroupCurrent read_cgroup_current(const CgroupLayout& layout, const std::string& path);

// Pure. Only fields that `change` has are written: -1 lifts a limit, 0 and "" leave it, as runc's update does. Device
// rules are not looked at (runc's update has none). Throws invalid as plan_cgroup does, for a limit below the usage
// with memory_check_before_update, and for a swap limit whose memory limit is unknown; unsupported for a limit whose
// controller this host has not.
std::vector<CgroupWrite> plan_cgroup_update(const CgroupLayout& layout, const std::string& path,
                                            const CgroupCurrent& current, const oci::Resources& change);

// Pure. `change` with what it leaves unsaid and depends on, as plan_cgroup_update takes it: for systemd's properties,
// which say each limit whole.
oci::Resources complete_change(const CgroupCurrent& current, const oci::Resources& change);

// Reads, plans and writes. Throws not_found where the container has no cgroup.
void update_cgroup(const CgroupLayout& layout, const std::string& path, const oci::Resources& change);

}  // namespace minidock::linux
