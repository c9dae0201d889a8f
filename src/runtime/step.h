// The vocabulary of Plans: shared by the planner (C++ with exceptions) and the helper (without).
// Each op is one kernel action or one small group that has no use apart. `t` are a step's texts, `n` its numbers.
#pragma once

#include <cstdint>

namespace minidock::runtime {

// Who executes a step: the monitor (or the starter of the OCI runtime, which does not stay) on the host before clone,
// or init, the cloned child. Slots that are filled before clone are inherited by init.
enum class Stage : uint8_t { monitor, init };

enum class Op : uint16_t {
  none = 0,
  // --- monitor ---
  cgroup_create,   // t0 absolute directory; n0 CgroupOwner
  cgroup_write,    // t0 directory, t1 file, t2 value; n0 verify, n1 optional
  device_filter,   // t0 v2 directory, t1 eBPF instructions
  open_directory,  // t0 path; n0 slot
  clone,           // n0 clone3 flags; t0 v2 cgroup directory or ""
  ask_network,     // t0 netlink messages; n0 protocol, n1 place in them of init's pid, or -1. After the clone: on the
                   // host; by init: in the container's network
  enter_cgroup,    // of the starter: the steps go on in a clone in t0, a v2 cgroup directory; n0 0
  // --- either: before clone where nobody stays behind, else by init ---
  cgroup_join,     // t0 v1 directory: write "0" to its tasks file
  open_namespace,  // t0 path; n0 slot
  join_namespace,  // t0 path; n0 CLONE_NEW* type, n1 slot that has it open
  host_proc,       // keep the procfs of before by descriptor: later writes to /proc go through it
  time_namespace,  // before clone: t0 lines for timens_offsets: the clone's time namespace starts with them
  // --- init: cgroups and namespaces ---
  sync,         // n0 SyncPoint: report it, then wait for the coordinator's answer (starter/conversation.h)
  become_root,  // in a new user namespace, once it is mapped: uid, gid 0 of it, no groups
  unshare,      // n0 flags
  hostname,     // t0
  domainname,   // t0
  loopback_up,  // bring up lo in a new network namespace
  await_host,   // until the monitor has taken its steps after the clone
  // --- init: the mount tree; slots hold detached mounts ---
  make_private,    // n0 propagation flags for "/"
  share_mounts,    // the caller's mount namespace is ours: from here on nothing outside the root is mounted or changed
  open_tree,       // t0 host path, t1 path below it; n0 slot, n1 recursive: a detached clone (either stage). n2 S_IF*,
                   // n3 major, n4 minor: it must be this device
  open_below,      // t0 path, t1 host directory; n0 slot: a clone of what is at t0 below its mount takes that one's
                   // place. kernel: nothing is cloned of a mount that is attached nowhere, so it is attached at t1
  open_inside,     // t0 path in the container; n0 slot, n1 recursive: a detached clone of what earlier steps put there
  open_cgroup,     // t0 mount point of a hierarchy, t1 its root, t2 controllers; n0 slot, n1 MOUNT_ATTR_*: a detached
                   // clone of the process's own cgroup there
  open_map,        // t0 uid_map text, t1 gid_map text, t2 user namespace instead; n0 slot (before clone)
  idmap,           // n0 slot, n1 recursive, n2 slot of the map (either stage)
  overlay,         // t0 upper, t1 work, t2… lowers; n0 slot, n1 MOUNT_ATTR_*, n2 1: volatile
  attach_root,     // t0 host directory; n0 slot: attach it there; from now on the root of all paths below. n1 1: there
                   // or nowhere, and private
  pivot,           // n0 1: without pivot_root, for a root on the initial ramfs: moved over "/" and chroot; 2: chroot
                   // alone; n1 slot + 1 of the directory that is to be the root
  new_mount,       // t0 type, t1 source, t2 option words joined by ','; n0 slot, n1 MOUNT_ATTR_*, n2 slot + 1 of what
                   // takes its place where the kernel refuses (EPERM); t3 directory whose mode it takes, if it is there
  make_node,       // t0 name; n0 slot, n1 mode with type, n2 major, n3 minor, n4 uid, n5 gid
  make_symlink,    // t0 name, t1 target; n0 slot, n1 1: instead of what is there
  make_directory,  // t0 name; n0 slot, n1 mode.  For these three slot -1: t0 is a path in the container
  attach,   // t0 target, made if missing as the slot's kind; n0 slot, n1 1: no symlink on the way, n2 1: the slot
            // stays filled
  remount,  // t0 target, t1 option words; n0 MOUNT_ATTR_* set, n1 clear: of what is mounted there
  set_attributes,    // n0 slot, n1 MOUNT_ATTR_ set, n2 clear, n3 recursive, n4 propagation (either stage)
  bind_options,      // n0 slot, n1 MOUNT_ATTR_ set, n2 clear, n3 1: of the atime mode too, n4 1: what the host's mount
                     // restricts stays. Else what is not named is cleared (either stage)
  root_propagation,  // n0 MS_*: of the new root, after pivot
  copy_up,           // t0 target: an empty directory of slot n0 takes what the root has at target; n1 slot + 1 of a
                     // volume's directory, "_data" in which is that of n0: as a whole or not at all
  change_owner,      // t0 user text: all of slot n0 becomes that user's of the root, and his group's
  streams,           // stdin from the container's own /dev/null where none was given; owners of the pipes
  terminal,          // n0 rows, n1 columns: pty of the container's devpts, stdio; n2 1: /dev/console, n3 1: lines end
                     // without a carriage return
  mask,              // t0 path
  read_only,         // t0 path
  root_read_only,    // remount "/" read-only
  sysctl,            // t0 "net.ipv4.x", t1 value
  // --- init: the process ---
  hook,  // t0 what it is called, t1 path, t2… arguments then environment; n0 seconds until it is killed (0: never), n1
         // number of arguments, n2 1: begins in the attached root, n3 1: the command's environment comes first
  gate,  // report "created", wait until `start` connects; from then on reports go to it
  new_keyring,
  rlimit,           // n0 RLIMIT_*, n1 soft, n2 hard
  oom_score,        // n0
  identity,         // t0 user text, t1… groups to add: from the container's passwd and group; n0 1: numbers given:
                    // n1 uid, n2 gid, n3… additional gids
  workdir,          // t0 path: entered; n0 made if missing
  find_command,     // resolve argv[0] along PATH, with the user's rights
  bounding_set,     // n0 mask to keep
  become_user,      // groups, gid, uid; keeps capabilities till the next step
  capability_sets,  // n0 effective, n1 permitted, n2 inheritable, n3 ambient; n4 1: for root alone, others have none
  umask,            // n0
  scheduler,        // n0 policy, n1 flags, n2 nice, n3 priority, n4 runtime, n5 deadline, n6 period (sched_setattr(2))
  io_priority,      // n0 ioprio_set(2)'s value
  cpu_affinity,     // t0 cpu_set_t bytes; "": all that the cgroup has, and a refusal is no failure
  personality,      // n0 personality(2)'s value
  selinux,          // t0 label, for exec and for new keys
  no_new_privileges,
  apparmor,     // t0 profile, for exec
  seccomp,      // t0 struct sock_filter[]; n0 SECCOMP_FILTER_FLAG_*; with NEW_LISTENER its descriptor is reported
  reaper,       // fork: this process stays as PID 1, the child goes on
  execute,      // t0…: argv; environment in the step after
  environment,  // t0…: NAME=value
};

// Whose a cgroup is that a start makes, which decides about its end.
enum class CgroupOwner : uint8_t {
  container,  // it must be new, and goes with all that is still in it
  others,     // may be there; it stays
  unit,       // may be there; goes where nobody is in it: what systemd keeps of it is systemd's to remove
};

// Where init waits for the coordinator.
enum class SyncPoint : uint8_t {
  cloned,  // the user namespace's maps are to be written, the pid to be placed (systemd)
  hooks,   // the mounts are in place: prestart and createRuntime hooks are to be run; the answer is the state's JSON
};

constexpr int kMaxSlots = 1024;

}  // namespace minidock::runtime
