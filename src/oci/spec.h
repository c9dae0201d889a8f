// The runtime spec's config.json (runtime-spec 1.2 config.md and config-linux.md) as plain structs: the
// part that minidock applies. Unknown fields of a config.json are ignored, as the spec asks.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidock::oci {

struct Mount {
  std::string destination;  // absolute, in the container
  std::string type;         // "bind", "proc", "tmpfs", … ("" with a bind option is bind)
  std::string source;
  std::vector<std::string> options;  // mount(8)'s words: "ro", "rbind", "nosuid", "mode=755", …
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
  std::string apparmor_profile;
  std::optional<int> oom_score_adj;
};

struct IdMapping {
  uint32_t container_id = 0, host_id = 0, size = 0;
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

struct Resources {
  std::vector<DeviceRule> devices;                                       // in order, later wins
  std::optional<int64_t> memory_limit, memory_swap, memory_reservation;  // bytes; -1 unlimited; swap = memory + swap
  std::optional<uint64_t> memory_swappiness;
  bool disable_oom_killer = false;
  std::optional<uint64_t> cpu_shares, cpu_period;  // period in µs
  std::optional<int64_t> cpu_quota;                // µs a period
  std::string cpuset_cpus, cpuset_mems;
  std::optional<int64_t> pids_limit;  // 0 or -1: unlimited
  std::optional<uint16_t> blkio_weight;
  std::map<std::string, std::string> unified;  // v2 file -> value
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
  std::vector<std::string> flags;
  std::vector<SeccompRule> rules;
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
  std::string rootfs_propagation;  // "": private
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
};

// Throws invalid, naming the field: "config.json: process.args: must be an array of strings".
Spec parse_spec(std::string_view json);
std::string to_json(const Spec& spec);

}  // namespace minidock::oci
