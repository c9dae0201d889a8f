// Bringing a running container under a controller that its start left out. A start joins few v1 hierarchies, since
// each costs time: the freezer is joined at the first pause, cpu, cpuset and blkio at an update.
// Sources: cgroup-v1/cgroups.rst (cgroup.procs, cgroup.clone_children), cgroup-v1/cpusets.rst; cgroup-v2.rst
// "Enabling and Disabling".
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "linux/cgroup.h"

namespace minidock::linux {

// v1: the container's cgroup in the controller's hierarchy exists, and every process of the container is in it; what
// they fork later is born there. v2: the parents hand the controller down, as far as they have it. Idempotent.
// `controller` is v1's name ("blkio" for v2's io). Throws unsupported where the host has no such controller, not_found
// where the container has no cgroup, in_use where processes are made faster than they can be moved.
void ensure_controller(const CgroupLayout& layout, const std::string& path, const std::string& controller);

// Every process of the container, in whatever hierarchy that its start joined; ascending.
std::vector<pid_t> container_processes(const CgroupLayout& layout, const std::string& path);

}  // namespace minidock::linux
