// Where a container's cgroup lies: below the top of each hierarchy, or below --cgroup-parent; on a host whose cgroups
// systemd keeps, in a transient scope of the container's own, which is delegated (docs/decisions/0015-systemd.md).
//
//   /minidock-ID-STORE                                     without systemd
//   /PARENT/minidock-ID-STORE                              with --cgroup-parent
//   /minidock.slice/minidock-ID-STORE.scope/container      with systemd; on v2 guard and monitor are in …scope/monitor
//
// A place other than the first is recorded in the run directory before the container starts, and found there.
// Errors: invalid, in docker's words, for a parent that systemd would not take. Source: systemd's CGROUP_DELEGATION.md.
#pragma once

#include <optional>
#include <string>

#include "linux/cgroup.h"
#include "linux/systemd_unit.h"
#include "monitor/launch.h"
#include "store/store.h"

namespace minidock::engine {

// The slice of containers that name no other.
constexpr const char kSlice[] = "minidock.slice";

// The name of a container's cgroup: minidock-<id>-<store>. The last part, a short hash of the run directory's path,
// keeps the containers of two stores on one machine apart.
std::string cgroup_name(const store::Location& location, const std::string& id);

struct CgroupPlace {
  std::string path;  // of the container's own cgroup, below each mount point
  std::optional<linux::SystemdPlace> unit;
};
// Pure. `parent` is --cgroup-parent, "" for none.
CgroupPlace plan_cgroup_place(const std::string& name, const std::string& parent, bool by_systemd);
// Of a container that is to be started now.
CgroupPlace new_cgroup_place(const store::Location& location, const std::string& id, const std::string& parent);

// What a plan for `place` looks at in `layout`.
void read_parents(linux::CgroupLayout& layout, const CgroupPlace& place);
// Unit and cgroup of guard and monitor. Without a unit it changes nothing; where this process, one of the container's
// own monitor, is in that very unit already, nobody has to be asked for it.
void add_unit(const linux::CgroupLayout& layout, const CgroupPlace& place, monitor::LaunchRequest& request);

// The place of the run that is or was last; the first line above where none is recorded.
std::string cgroup_path(const store::Store& store, const std::string& id);
void record_cgroup_path(const store::Store& store, const std::string& id, const std::string& path);
// The scope around the cgroup `path`, "" for none.
std::string unit_cgroup(const std::string& path);
// Where a monitor of that container belongs: a directory, "" for where it is.
std::string monitor_cgroup(const linux::CgroupLayout& layout, const std::string& path);

}  // namespace minidock::engine
