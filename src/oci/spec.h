// The runtime spec's config.json (runtime-spec 1.2 config.md and config-linux.md) as plain structs. Unknown
// fields of a config.json are ignored, as the spec asks.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidock::oci {

struct IdMapping {
  uint32_t container_id = 0, host_id = 0, size = 0;
  bool operator==(const IdMapping&) const = default;
};

struct Mount {
  std::string destination;  // absolute, in the container
  std::string type;         // "bind", "proc", "tmpfs", … ("" with a bind option is bind)
  std::string source;
  std::vector<std::string> options;                   // mount(8)'s words: "ro", "rbind", "nosuid", "mode=755", …
  std::vector<IdMapping> uid_mappings, gid_mappings;  // of an idmapped mount; both or none
  bool operator==(const Mount&) const = default;
};

struct Rlimit {
  std::string type;             // "RLIMIT_NOFILE"
  uint64_t soft = 0, hard = 0;  // UINT64_MAX: unlimited
};

struct User {
  uint32_t uid = 0, gid = 0;
  std::vector<uint32_t> additional_gids;
  std::optional<uint32_t> umask;
  // Ours (R6): looked up in the container's own passwd and group once its root is in place; then uid,
  // gid and groups above are ignored. "user", "uid", "user:group", …; groups to add by name or number.
  std::optional<std::string> lookup;
  std::vector<std::string> add_groups;
};

struct Capabilities {  // names: "CAP_CHOWN"
  std::vector<std::string> bounding, effective, permitted, inheritable, ambient;
};

struct Scheduler {     // sched_setattr(2)
  std::string policy;  // "SCHED_OTHER", …
  int32_t nice = 0, priority = 0;
  std::vector<std::string> flags;                  // "SCHED_FLAG_RESET_ON_FORK", …
  uint64_t runtime = 0, deadline = 0, period = 0;  // ns
};

struct IoPriority {      // ioprio_set(2)
  std::string io_class;  // "IOPRIO_CLASS_RT", "…_BE", "…_IDLE"
  int priority = 0;
};

struct ExecCpuAffinity {        // lists as cpuset(7) writes them: "0-3,7"; "" leaves it alone
  std::string initial, final_;  // before the process enters its cgroup, and after
};

struct Process {
  bool terminal = false;
  uint16_t rows = 0, columns = 0;  // first size of the terminal, 0: unset
  User user;
  std::vector<std::string> args;
  std::vector<std::string> env;
  std::string cwd = "/";
  Capabilities capabilities;
  std::vector<Rlimit> rlimits;
  bool no_new_privileges = false;
  std::string apparmor_profile, selinux_label;
  std::optional<int> oom_score_adj;
  std::optional<Scheduler> scheduler;
  std::optional<IoPriority> io_priority;
  std::optional<ExecCpuAffinity> exec_cpu_affinity;
};

struct Namespace {
  std::string type;  // "pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"
  std::string path;  // "": a new one
};

struct Device {
  std::string type;  // "c", "b", "u", "p"
  std::string path;  // absolute, in the container
  int64_t major = 0, minor = 0;
  uint32_t mode = 0666, uid = 0, gid = 0;
};

struct DeviceRule {  // cgroup access
  bool allow = false;
  std::string type = "a";               // "a", "c", "b"
  std::optional<int64_t> major, minor;  // nullopt: any
  std::string access = "rwm";
};

struct WeightDevice {
  int64_t major = 0, minor = 0;
  std::optional<uint16_t> weight, leaf_weight;
};
struct ThrottleDevice {
  int64_t major = 0, minor = 0;
  uint64_t rate = 0;  // bytes or operations a second
};
struct HugepageLimit {
  std::string page_size;  // "2MB"
  uint64_t limit = 0;     // bytes
};
struct NetworkPriority {
  std::string name;
  uint32_t priority = 0;
};
struct RdmaLimit {
  std::optional<uint32_t> handles, objects;
};

struct Resources {
  std::vector<DeviceRule> devices;                                       // in order, later wins
  std::optional<int64_t> memory_limit, memory_swap, memory_reservation;  // bytes; -1 unlimited; swap = memory + swap
  std::optional<uint64_t> memory_swappiness;
  bool disable_oom_killer = false;
  std::optional<uint64_t> cpu_shares, cpu_period;  // period in µs
  std::optional<int64_t> cpu_quota;                // µs a period
  std::string cpuset_cpus, cpuset_mems;
  std::optional<int64_t> pids_limit;  // -1: unlimited; 0 counts as 1
  std::optional<uint16_t> blkio_weight, blkio_leaf_weight;
  std::vector<WeightDevice> blkio_weight_device;
  std::vector<ThrottleDevice> blkio_read_bps, blkio_write_bps, blkio_read_iops, blkio_write_iops;
  std::vector<HugepageLimit> hugepage_limits;
  std::optional<uint32_t> network_class_id;         // v1 net_cls
  std::vector<NetworkPriority> network_priorities;  // v1 net_prio
  std::map<std::string, RdmaLimit> rdma;            // device -> limit
  std::optional<bool> memory_use_hierarchy, memory_check_before_update;
  std::optional<int64_t> memory_kernel, memory_kernel_tcp;  // v1, obsolete: a kernel without them is no error
  std::optional<uint64_t> cpu_burst;                        // µs
  std::optional<int64_t> cpu_realtime_runtime, cpu_idle;    // µs; idle 0 or 1
  std::optional<uint64_t> cpu_realtime_period;              // µs
  std::map<std::string, std::string> unified;               // v2 file -> value
};

// The seccomp profile of the spec ("linux.seccomp").
struct SeccompArg {
  uint32_t index = 0;
  uint64_t value = 0, value_two = 0;
  std::string op;  // "SCMP_CMP_EQ", …
};
struct SeccompRule {
  std::vector<std::string> names;
  std::string action;  // "SCMP_ACT_ALLOW", …
  std::optional<uint32_t> errno_ret;
  std::vector<SeccompArg> args;
};
struct Seccomp {
  std::string default_action;
  std::optional<uint32_t> default_errno_ret;
  std::vector<std::string> architectures;  // "SCMP_ARCH_X86_64"
  // "SECCOMP_FILTER_FLAG_LOG", …; absent is not empty: it leaves the choice to the runtime.
  std::optional<std::vector<std::string>> flags;
  std::vector<SeccompRule> rules;
  std::string listener_path, listener_metadata;  // who gets the notification descriptor of SCMP_ACT_NOTIFY
};

struct TimeOffset {
  int64_t seconds = 0;
  uint32_t nanoseconds = 0;
};

struct Personality {
  std::string domain;  // "LINUX", "LINUX32"
  std::vector<std::string> flags;
};

struct Linux {
  std::vector<IdMapping> uid_mappings, gid_mappings;
  std::map<std::string, std::string> sysctl;
  std::string cgroups_path;
  std::vector<Namespace> namespaces;
  std::vector<Device> devices;
  Resources resources;
  std::optional<Seccomp> seccomp;
  std::vector<std::string> masked_paths, readonly_paths;
  std::string rootfs_propagation;                  // "": private
  std::map<std::string, TimeOffset> time_offsets;  // "monotonic", "boottime"
  std::optional<Personality> personality;
  std::string mount_label;  // SELinux
  bool intel_rdt = false;   // asked for: refused where the host has none
};

struct Hook {
  std::string path;
  std::vector<std::string> args, env;
  std::optional<int> timeout;  // seconds
};

struct Spec {
  std::string oci_version = "1.2.0";
  Process process;
  std::string root_path = "rootfs";
  bool root_readonly = false;
  std::string hostname, domainname;
  std::vector<Mount> mounts;
  std::map<std::string, std::string> annotations;
  Linux linux_;
  std::map<std::string, std::vector<Hook>> hooks;  // "createRuntime", "poststart", …

  // spec: config.md lets a bundle have no process: it can be created, and not started.
  bool has_process = false;
};

// Throws invalid, naming the field: "config.json: process.args: expected array of strings".
Spec parse_spec(std::string_view json);
std::string to_json(const Spec& spec);

// The object alone, as `exec --process FILE` and `update --resources FILE` hand it over. Same errors.
Process parse_process(std::string_view json);
Resources parse_resources(std::string_view json);

}  // namespace minidock::oci
