// The cgroups that a further process of a container joins.
#pragma once

#include <string>
#include <vector>

#include "linux/cgroup.h"
#include "runtime/lifecycle/process_identity.h"

namespace minidock::runtime {

struct ExecCgroups {
  std::vector<std::string> v1_directories;  // absolute
  std::string v2_directory;                 // "" for none
};

// Those of `path`, or below them what `sub_cgroups` names ("[CONTROLLER,…:]PATH"). Throws invalid for a path that leads
// out, for an unknown controller; not_found for a cgroup that is not there.
// kernel: a v2 cgroup that hands controllers down takes no processes; then `init`'s own, further down, is taken.
ExecCgroups exec_cgroups(const linux::CgroupLayout& layout, const std::string& path, const LiveProcess& init,
                         const std::vector<std::string>& sub_cgroups);

}  // namespace minidock::runtime
