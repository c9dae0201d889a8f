// What the host's /proc tells about cgroups, for inspect and info.
#pragma once

#include <map>
#include <string>

namespace minidock::cli {

// The directories of a process's cgroups as the host sees them: {"memory": "/sys/fs/cgroup/memory/minidock/…"};
// "unified" for version 2. Hierarchies that are not mounted are left out. Empty when the process is gone.
std::map<std::string, std::string> cgroup_directories(int pid);

std::string cgroup_version();  // "1", "2", or "1 and 2 (hybrid)"
std::string kernel_release();
std::string operating_system();  // PRETTY_NAME of os-release
uint64_t total_memory();         // bytes

}  // namespace minidock::cli
