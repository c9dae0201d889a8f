// A CgroupPlan carried out by a process that may throw and allocate, and undone. The helper does the same for
// `run` in its own way (src/monitor/helper/cgroup.cc).
#pragma once

#include <string>
#include <vector>

#include "linux/cgroup.h"

namespace minidock::linux {

// Makes the directories (those that are there are taken over) and applies every write and the device program.
// Joins nothing. Throws naming file, value and cause; the directories that it made are removed again.
void apply_cgroup_plan(const CgroupPlan& plan);

// security: throws unsupported unless the directory lies on a cgroup file system. Passes over the failures of an
// optional write; a verified one that reads back as something else throws unsupported.
void write_cgroup(const CgroupWrite& write);
void write_cgroups(const std::vector<CgroupWrite>& writes);  // in order; the first failure throws

// Loads `program` (see device_program) and puts it on the v2 cgroup in place of every device program there.
void replace_device_program(const std::string& directory, const std::string& program);

// Every directory of this path that exists, one a hierarchy, v2 last.
std::vector<std::string> find_cgroups(const CgroupLayout& layout, const std::string& path);
// Those and all cgroups below them are removed; empty parents stay. false: a process stays in one.
bool try_remove_cgroups(const CgroupLayout& layout, const std::string& path);

// Moves `pid` with all its threads into the existing cgroup of this path in every hierarchy.
void join_cgroups(const CgroupLayout& layout, const std::string& path, int pid);

}  // namespace minidock::linux
