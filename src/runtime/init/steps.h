// The steps by subject; each returns 0 or an errno. Same situation as context.h.
#pragma once

#include "runtime/init/context.h"

namespace minidock::runtime::init {

// namespaces.cc
int cgroup_join(const RecordView& step);
int open_directory_step(Context& context, const RecordView& step);
int open_namespace_step(Context& context, const RecordView& step);
int join_namespace(Context& context, const RecordView& step);
int set_host_names(const RecordView& step);
int loopback_up();
int time_namespace_step(Context& context, const RecordView& step);
int host_proc_step(Context& context);
int become_root_step();

// network.cc
// The messages of Op::ask_network from the caller's network namespace. `detail` gets what the kernel says about a
// refusal.
int ask_network(FixedText<512>& detail, const RecordView& step, pid_t init);
int await_host_step(const Context& context);

// root.cc
int attach_root_step(Context& context, const RecordView& step);
int pivot_step(Context& context, const RecordView& step);
int root_propagation_step(const RecordView& step);
int root_read_only_step(Context& context);

// mounts.cc
int open_tree_step(Context& context, const RecordView& step);
int open_below_step(Context& context, const RecordView& step);
int open_inside_step(Context& context, const RecordView& step);
int new_mount_step(Context& context, const RecordView& step);
int attach_step(Context& context, const RecordView& step);
int set_attributes_step(Context& context, const RecordView& step);
int bind_options_step(Context& context, const RecordView& step);
int remount_step(Context& context, const RecordView& step);

// own_cgroup.cc
int open_cgroup_step(Context& context, const RecordView& step);

// idmap.cc
int open_map_step(Context& context, const RecordView& step);
int idmap_step(Context& context, const RecordView& step);

// masks.cc
int mask_step(Context& context, const RecordView& step);
int read_only_step(Context& context, const RecordView& step);

// nodes.cc
int make_node_step(Context& context, const RecordView& step);
int make_symlink_step(Context& context, const RecordView& step);
int make_directory_step(Context& context, const RecordView& step);
int device_directory(Context& context);  // /dev of the container: a borrowed descriptor, or -1 and errno

// devices.cc
int streams_step(Context& context);
int terminal_step(Context& context, const RecordView& step);

// overlay.cc
int overlay_step(Context& context, const RecordView& step);

// copy_up.cc
int copy_up_step(Context& context, const RecordView& step);

// change_owner.cc
int change_owner_step(Context& context, const RecordView& step);

// identity.cc
int identity_step(Context& context, const RecordView& step);
// Ids alone of a user text, by the root's passwd and group: 0, or errno and why in Context::detail.
int find_ids(Context& context, const RecordView& step, uid_t& uid, gid_t& gid);

// process.cc
int sysctl_step(Context& context, const RecordView& step);
int rlimit_step(const RecordView& step);
int oom_score_step(Context& context, const RecordView& step);
int new_keyring_step();
int workdir_step(Context& context, const RecordView& step);
int seccomp_step(Context& context, const RecordView& step);
int apparmor_step(Context& context, const RecordView& step);
int selinux_step(Context& context, const RecordView& step);

// credentials.cc
int bounding_set_step(const RecordView& step);
int become_user_step(Context& context);
int capability_sets_step(const Context& context, const RecordView& step);

// sync.cc
int sync_step(Context& context, const RecordView& step);
int gate_step(Context& context);

// hook.cc
int hook_step(Context& context, const RecordView& step);

// scheduling.cc
int scheduler_step(Context& context, const RecordView& step);
int io_priority_step(const RecordView& step);
int cpu_affinity_step(const RecordView& step);
int personality_step(const RecordView& step);

// command.cc
// The value of NAME=value in Op::environment, nullptr where it is absent.
const char* find_variable(const RecordView& environment, const char* name);
using HomeVariable = FixedText<4200>;
// Op::environment's variables, and in `home` a HOME where it has none: into `out`, which has room for one more than
// they are. Returns how many.
uint32_t command_environment(const Context& context, HomeVariable& home, const char** out);
int find_command_step(Context& context);
int reaper_step(Context& context);
int execute_command(Context& context);

}  // namespace minidock::runtime::init
