// The processes of a container's cgroup: who they are, freezing them, and a signal for all of them.
// Sources: cgroup-v1/freezer-subsystem.rst; cgroup-v2.rst "Core Interface Files" (cgroup.procs, .freeze, .kill).
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/time.h"
#include "linux/cgroup.h"

namespace minidock::linux {

// In the cgroup and in all below it, ascending, as numbers of this process's pid namespace; empty where the cgroup is
// gone. The hierarchy is v2's where the container is in it, else the freezer's, else the first that it is in.
std::vector<pid_t> cgroup_processes(const CgroupLayout& layout, const std::string& path);
// The same of one cgroup's directory.
std::vector<pid_t> processes_below(const std::string& directory);

// Returns once every process has stopped. Throws in_use after `patience`, thawed again; unsupported where the host has
// neither v2 nor the freezer controller; not_found without the cgroup. Freezing what is frozen is fine, so is thawing.
void freeze_cgroup(const CgroupLayout& layout, const std::string& path, Nanoseconds patience = 10 * kSecond);
void thaw_cgroup(const CgroupLayout& layout, const std::string& path);
// The container itself was frozen; one that is frozen only by its parents is not ours to thaw. False without the
// cgroup.
bool is_cgroup_frozen(const CgroupLayout& layout, const std::string& path);

// `signal` to each process of the cgroup and below it, never to this one. SIGKILL goes by cgroup.kill where that is;
// else the cgroup is frozen for the time, so that no fork escapes. One that was frozen before stays so, but for
// SIGKILL, which v1 holds back from the frozen. The end of the killed is not waited for. Throws not_found without the
// cgroup.
void signal_cgroup(const CgroupLayout& layout, const std::string& path, int signal);
// False: processes are still there after `patience`.
bool wait_cgroup_empty(const CgroupLayout& layout, const std::string& path, Nanoseconds patience);

}  // namespace minidock::linux
