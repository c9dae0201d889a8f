// HostFacts: all that a Plan depends on and that is not in the bundle. Read once per run, given as data, so
// that plans are pure and golden-tested without root.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "linux/capabilities.h"
#include "linux/cgroup.h"

namespace minidock::linux {

struct HostFacts {
  CgroupLayout cgroups;
  CapabilityMask bounding = 0;
  int last_capability = 40;
  std::map<std::string, uint64_t> hard_limits;  // "RLIMIT_NOFILE" -> this process's hard limit; UINT64_MAX: infinity
  bool can_raise_limits = false;                // CAP_SYS_RESOURCE is effective
  bool apparmor = false;                        // the LSM is active (/sys/module/apparmor/parameters/enabled is Y)
  bool selinux = false;
  std::vector<int> online_cpus;
  std::string kernel_release;  // "6.18.0"
};

HostFacts read_host_facts();

// "6.18.0-3-amd64" >= 5.10
bool kernel_at_least(std::string_view release, int major, int minor);

// Throws unsupported or permission, naming what is missing and what to do, when this process cannot run
// containers at all: not root, no mount or pid namespaces, no overlayfs, kernel before 5.10.
void require_container_support(const HostFacts& facts);

// The type of the file system that holds `path`, by statfs magic: "ext", "overlay", "tmpfs", "xfs", "btrfs", "nfs",
// "0x…".
std::string file_system_type(const std::string& path);

}  // namespace minidock::linux
