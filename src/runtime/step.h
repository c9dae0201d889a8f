// The vocabulary of Plans: shared by the planner (C++ with exceptions) and the helper (without).
// Each op is one kernel action or one small group that has no use apart. `t` are a step's texts, `n` its numbers.
#pragma once

#include <cstdint>

namespace minidock::runtime {

// Who executes a step: the monitor on the host before clone, or init, the cloned child.
enum class Stage : uint8_t { monitor, init };

enum class Op : uint16_t {
  none = 0,
  // --- monitor ---
  cgroup_create,  // t0 absolute directory
  cgroup_write,   // t0 directory, t1 file, t2 value; n0 verify, n1 optional
  device_filter,  // t0 v2 directory, t1 eBPF instructions
  clone,          // n0 clone3 flags; t0 v2 cgroup directory or ""
  // --- init: cgroups and namespaces ---
  cgroup_join,     // t0 v1 directory: write "0" to its tasks file
  join_namespace,  // t0 path; n0 CLONE_NEW* type
  unshare,         // n0 flags
  hostname,        // t0
  domainname,      // t0
  loopback_up,     // bring up lo in a new network namespace
  // --- init: the mount tree; slots hold detached mounts ---
  make_private,    // n0 propagation flags for "/"
  open_tree,       // t0 host path; n0 slot, n1 recursive: a detached clone
  overlay,         // t0 upper, t1 work, t2… lowers; n0 slot, n1 MOUNT_ATTR_*, n2 1: volatile
  pivot,           // n0 slot: attach it over "/", make it the root, drop the old one
  new_mount,       // t0 type, t1 source, t2 option words joined by ','; n0 slot, n1 MOUNT_ATTR_*
  make_node,       // t0 name; n0 slot, n1 mode with type, n2 major, n3 minor, n4 uid, n5 gid
  make_symlink,    // t0 name, t1 target; n0 slot
  make_directory,  // t0 name; n0 slot, n1 mode
  attach,  // t0 target, made if missing as the slot's kind; n0 slot, n1 1: no symlink on the way, and a directory
  set_attributes,  // n0 slot, n1 MOUNT_ATTR_ set, n2 clear, n3 recursive, n4 propagation
  copy_up,         // t0 target: an empty directory of slot n0 takes what the root has at target
  streams,         // stdin from the container's own /dev/null where none was given; owners of the pipes
  terminal,        // n0 rows, n1 columns: pty of the container's devpts, /dev/console, stdio
  mask,            // t0 path
  read_only,       // t0 path
  root_read_only,  // remount "/" read-only
  sysctl,          // t0 "net.ipv4.x", t1 value
  // --- init: the process ---
  new_keyring,
  rlimit,           // n0 RLIMIT_*, n1 soft, n2 hard
  oom_score,        // n0
  identity,         // t0 user text, t1… groups to add: from the container's passwd and group; n0 1: numbers given:
                    // n1 uid, n2 gid, n3… additional gids
  workdir,          // t0 path: made if missing, entered
  find_command,     // resolve argv[0] along PATH, with the user's rights
  bounding_set,     // n0 mask to keep
  become_user,      // groups, gid, uid; keeps capabilities till the next step
  capability_sets,  // n0 effective, n1 permitted, n2 inheritable, n3 ambient
  umask,            // n0
  no_new_privileges,
  apparmor,     // t0 profile, for exec
  seccomp,      // t0 struct sock_filter[]
  reaper,       // fork: this process stays as PID 1, the child goes on
  execute,      // t0…: argv; environment in the step after
  environment,  // t0…: NAME=value
};

constexpr int kMaxSlots = 128;

}  // namespace minidock::runtime
