// cgroups: what this host has (v1, v2, hybrid), and the writes that put limits in place.
// Sources: cgroups(7), Documentation/admin-guide/cgroup-v1/ and cgroup-v2.rst.
// On a v1 host /sys/fs/cgroup itself is a tmpfs, where /sys/fs/cgroup/NAME/pids.max would be a plain file
// that limits nothing: a hierarchy is known only by its mount's file system magic, and limits are read back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "oci/spec.h"

namespace minidock::linux {

struct CgroupHierarchy {
  int version = 1;                       // 1 or 2
  std::vector<std::string> controllers;  // "pids"; "name=systemd" for a named v1 hierarchy
  std::string mount_point;
  std::string root;  // the cgroup that the mount shows as its top (mountinfo field 4)
  std::string self;  // this process's cgroup, as a path below mount_point ("/" for the top)

  // From files of the top that a plan depends on; read by read_cgroup_layout, not in the parsed texts.
  std::vector<std::string> enabled;  // v2: what cgroup.subtree_control already hands to children
  std::string cpus, mems;            // of the hierarchy with cpuset: "0-3,7", what children may have
  bool limits_swap = true;           // v1 memory: false where the kernel does not account swap

  // Of one path; read by read_cgroup_parents.
  std::string existing;  // the deepest cgroup on the way to the path that is there: "/a" for "/a/b/c"; "" for the top
  std::vector<std::vector<std::string>> enabled_below;  // v2: `enabled` of each of those, the top left out

  bool has(std::string_view controller) const;
};

enum class CgroupMode { none, v1, v2, hybrid };

struct CgroupLayout {
  CgroupMode mode = CgroupMode::none;
  std::vector<CgroupHierarchy> hierarchies;
  // The hierarchy that manages `controller`, or nullptr. A hybrid's v2 side owns what it lists.
  const CgroupHierarchy* find(std::string_view controller) const;
  const CgroupHierarchy* unified() const;
};

// Pure: the texts are /proc/self/mountinfo, /proc/self/cgroup and the v2 top's cgroup.controllers ("" without v2).
CgroupLayout parse_cgroup_layout(std::string_view mountinfo, std::string_view self_cgroup,
                                 std::string_view v2_controllers);
// Reads them; drops mounts whose statfs magic is not cgroup's.
CgroupLayout read_cgroup_layout();
// For CgroupScope::all: looks where `path` begins to be new; cpus, mems are then those of that place.
void read_cgroup_parents(CgroupLayout& layout, const std::string& path);
// Pure: the same for a cgroup that systemd is about to make and delegate. Its v2 parents hand every controller down,
// which is systemd's to do; it hands nothing down yet.
void expect_delegated(CgroupLayout& layout, const std::string& path);

struct CgroupWrite {
  std::string directory, file, value;  // absolute directory; written as directory/file
  bool verify = false;                 // read back and compare as numbers or words; a difference fails the start
  bool optional = false;               // a failure (file absent, no permission) is passed over
};

// What to do before the container's first process exists. `path` is the cgroup's path below each mount point.
struct CgroupPlan {
  std::vector<std::string> directories;     // to create, parents first; to remove in reverse
  std::vector<CgroupWrite> before;          // into parents: v2 subtree_control, v1 cpuset.cpus of new parents
  std::vector<CgroupWrite> writes;          // limits, in an order the kernel accepts
  std::vector<std::string> v1_directories;  // the process joins these by writing "0" to their tasks file
  std::string v2_directory;                 // "" without v2; clone3 starts the process in it
  std::string device_program;               // v2: eBPF instructions (struct bpf_insn, host order); "" for none
  std::vector<std::string> warnings;        // limits asked for that this host cannot apply: for the terminal
};

enum class CgroupScope {
  needed,  // the hierarchies that limit, report or guard: what a start costs grows with each
  all,     // every hierarchy that is mounted, named ones too, as callers of an OCI runtime expect
};

// Pure. `path` starts with "/" and has no "." or ".." part. Joins the hierarchies of pids, memory and devices always
// (limits, OOM reports, device policy), of cpu, cpuset, blkio only when asked; on v2 the one hierarchy; a hybrid's v2
// only when it manages one of these or must carry the device program. Throws unsupported when a limit that was asked
// for explicitly has no controller here and going without would be unsafe (memory, pids), invalid for values out of
// range, in docker's words where docker checks the same. Of no device rules, or of rules that do not begin with one for
// all devices, the base is "deny all"; the devices that every container has are added.
// With CgroupScope::all every hierarchy is joined, and a parent that exists is left as it is.
CgroupPlan plan_cgroup(const CgroupLayout& layout, const std::string& path, const oci::Resources& resources,
                       CgroupScope scope = CgroupScope::needed);

// `rules` as an eBPF BPF_PROG_TYPE_CGROUP_DEVICE program: for each of read, write and mknod that is asked for the
// last rule that matches decides; what no rule matches is denied.
std::string device_program(const std::vector<oci::DeviceRule>& rules);
// Docker's default device rules: deny all, then allow null zero full random urandom tty console ptmx pts, and mknod.
std::vector<oci::DeviceRule> default_device_rules();

// v2 weight for v1 shares, by the formula that runc and crun use now.
uint64_t cpu_weight_from_shares(uint64_t shares);

// What a container's cgroup used and hit; for `inspect`, the OOM line and `stats`.
struct CgroupUsage {
  uint64_t memory_current = 0, memory_peak = 0, memory_limit = 0;  // bytes; limit 0: none
  uint64_t oom_kills = 0;
  uint64_t pids_current = 0;
};
CgroupUsage read_cgroup_usage(const CgroupLayout& layout, const std::string& path);

// Every cgroup with this prefix directly below a mount point, or below the cgroup `parent`, as absolute directories.
std::vector<std::string> list_cgroups(const CgroupLayout& layout, std::string_view prefix,
                                      const std::string& parent = "");
// rmdir of `directory` and its children, deepest first, with bounded retries on EBUSY; false if a process stays in it.
bool try_remove_cgroup(const std::string& directory);

}  // namespace minidock::linux
