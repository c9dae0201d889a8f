// A container whose cgroup systemd keeps (--systemd-cgroup): the scope is made around its process.
#pragma once

#include <sys/types.h>

#include "linux/cgroup.h"
#include "linux/systemd_unit.h"
#include "oci/spec.h"

namespace minidock::runtime {

// Throws NeedsLibraries where this program cannot load libsystemd.
void require_systemd();

// Makes the scope with `pid` in it, then writes every limit to the files too: systemd has no property for some, and
// puts the process into its own hierarchies alone. Throws what systemd or the kernel report.
void place_by_systemd(const linux::SystemdPlace& place, pid_t pid, const oci::Spec& spec,
                      const linux::CgroupLayout& layout);

// Tells systemd of limits that are about to be written to the files of the cgroup `path`: with the values it has known
// so far, its next `daemon-reload` would undo them. Throws what the writing would, before anything has changed.
void change_unit(const std::string& unit, const std::string& path, const oci::Resources& change,
                 const linux::CgroupLayout& layout);

}  // namespace minidock::runtime
