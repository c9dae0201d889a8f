// What a container was asked to be: the user's options joined with the image's defaults. Kept as JSON in the
// container's row; `inspect` and every start are made from it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci/image_config.h"
#include "oci/spec.h"

namespace minidock::engine {

struct MountOption {
  std::string type;    // "bind", "volume", "tmpfs", "image"
  std::string source;  // host path, volume name, image reference, "" (anonymous volume, filled in at create)
  std::string target;  // absolute
  bool read_only = false;
  bool create_source = false;  // -v: a missing bind source becomes a root-owned directory
  bool no_copy = false;        // volume: no copy-up
  bool anonymous = false;      // volume that --rm and rm -v take along
  bool change_owner = false;   // what is there becomes the container's user's
  bool overlay = false;        // what is written goes to a layer above it that the next start throws away
  std::string propagation;     // "", "rprivate", "rslave", …
  std::string recursion;       // bind: what is mounted below the source. "" as far as read_only reaches, "disabled":
                               // left out, "writable", "readonly"
  std::string subpath;         // volume, image: below it, what is mounted; relative
  std::string id_map;          // as podman has it: "uids=0-1000-1;gids=…": see engine/id_map.h
  std::string image_id;        // image: what `source` stood for at create
  std::vector<std::string> options;  // mount(8)'s words; tmpfs: "size=64m", …
  // A volume that comes to be for this mount gets these.
  std::map<std::string, std::string> volume_labels, volume_options;
};

struct UlimitOption {
  std::string name;            // "nofile"
  int64_t soft = 0, hard = 0;  // -1 unlimited
};

// A network that a container is to be on, and what it is to be there.
struct NetworkOption {
  std::string network;  // name or ID, as typed
  std::vector<std::string> aliases;
  std::string ipv4, ipv6, mac;          // "" chosen
  std::vector<std::string> link_local;  // addresses beside those
  std::map<std::string, std::string> driver_options;
  int priority = 0;  // of its gateway among those of the container's networks: the highest has the default routes
  bool operator==(const NetworkOption&) const = default;
};

// -p: a port of the host that leads to one of the container's.
struct PublishOption {
  std::string protocol = "tcp";  // or "udp", "sctp"
  std::string host_address;      // "": every address
  int host_port = 0;             // 0: one that is free
  int last_host_port = 0;        // not 0: the first free one from host_port to this
  int port = 0;                  // the container's
  bool operator==(const PublishOption&) const = default;
};

struct RestartPolicy {
  std::string name = "no";  // "no", "always", "on-failure", "unless-stopped"
  int most = 0;             // on-failure: so many times; 0: any number
  bool operator==(const RestartPolicy&) const = default;
};
// "always", "on-failure:3". Throws invalid, in docker's words.
RestartPolicy parse_restart_policy(std::string_view text);

struct ContainerConfig {
  // As the user gave them.
  std::string image;              // reference as typed
  std::vector<std::string> args;  // after IMAGE
  std::optional<std::string> entrypoint;
  std::vector<std::string> env;  // "K=V", resolved by the CLI (bare K already looked up, --env-file first)
  std::string working_dir, user, hostname, domainname, stop_signal;
  std::optional<int> stop_timeout;  // seconds; -1: for ever
  int run_timeout = 0;              // seconds until it is killed; 0: never
  std::vector<std::string> add_groups;
  std::map<std::string, std::string> labels;
  bool stdin_once = false;  // input ends with the first client that gave it: not of run -d
  bool tty = false, open_stdin = false, auto_remove = false, init = false, read_only = false, privileged = false;
  std::vector<MountOption> mounts;
  std::vector<std::string> volumes_from;  // CONTAINER[:ro|rw]; what they stand for is in mounts
  std::string network = "none";           // "none", "host", "container:ID", "ns:PATH", or what was the first of:
  std::vector<NetworkOption> networks;    // none also where it was disconnected from all
  std::vector<PublishOption> published;
  std::vector<std::string> exposed;                         // "80/tcp", beside the image's
  bool publish_all = false;                                 // every exposed port, on one that is free
  std::string pid_mode, ipc_mode, uts_mode, cgroupns_mode;  // "" private, "host"
  std::vector<std::string> cap_add, cap_drop;
  std::vector<std::string> security_options;  // "seccomp=…" with the profile's JSON inlined, …
  std::vector<UlimitOption> ulimits;
  std::vector<std::string> devices;  // HOST[:CONTAINER[:rwm]]
  std::vector<std::string> dns, dns_search, dns_options, add_hosts;
  std::map<std::string, std::string> sysctls;
  // "PATH:NUMBER" a device: weights, bytes and operations a second.
  std::vector<std::string> block_weights, block_read_bytes, block_write_bytes;
  std::vector<std::string> block_read_operations, block_write_operations;
  std::vector<std::string> device_rules;  // "c 10:* rw"
  std::map<std::string, std::string> annotations;
  oci::Resources resources;         // limits only; device rules are the engine's
  std::string cgroup_parent;        // a slice with systemd, else a path; "": the engine's own
  std::optional<int64_t> shm_size;  // bytes; 64 MiB
  std::optional<int> oom_score_adj;
  std::optional<uint32_t> umask;
  uint64_t nano_cpus = 0;            // --cpus, for inspect
  std::string log_driver = "local";  // or "json-file", "journald", "none"
  std::map<std::string, std::string> log_options;
  RestartPolicy restart;
  std::optional<oci::HealthCheck> health_check;  // its fields over the image's: see engine/health.h
  std::string health_on_failure = "none";        // or "kill", "restart", "stop"
  std::string detach_keys;
  uint16_t rows = 0, columns = 0;  // the caller's terminal
  // Filled in at create from the image.
  oci::ContainerDefaults image_defaults;
};

constexpr std::string_view kContainerMode = "container:";  // of `network`: that one's namespace

// What `network` may be besides a network's name.
inline bool is_network_mode(std::string_view network) {
  return network == "none" || network == "host" || network.starts_with(kContainerMode) || network.starts_with("ns:");
}

// Its network namespace is made for it: sysctls there are its own.
inline bool has_own_network(const ContainerConfig& config) {
  return config.network != "host" && !config.network.starts_with(kContainerMode) && !config.network.starts_with("ns:");
}

// Paths of /proc and /sys that a container cannot see, and cannot change.
struct ProtectedPaths {
  std::vector<std::string> masked, readonly;
};

std::string to_json(const ContainerConfig& config);
ContainerConfig parse_container_config(std::string_view json);

// What the command gets: the user's words over the image's defaults, joined as docker joins them.
//
// argv = ENTRYPOINT + (args or CMD). An --entrypoint sets the image's CMD aside with its ENTRYPOINT; "" for it
// means none. Throws invalid "No command specified".
std::vector<std::string> command_line(const ContainerConfig& config);
// PATH, HOSTNAME and, with -t, TERM; then the image's variables, then the user's; later wins. HOME is not among
// them: it comes from the container's passwd. `skipped`, if given, takes the image's entries without "=".
std::vector<std::string> environment(const ContainerConfig& config, std::string_view hostname,
                                     std::vector<std::string>* skipped = nullptr);
std::string working_dir(const ContainerConfig& config);  // absolute; "/" by default
std::string user(const ContainerConfig& config);         // "" is root
std::string stop_signal(const ContainerConfig& config);  // "SIGTERM" by default
std::map<std::string, std::string> labels(const ContainerConfig& config);
std::string hostname(const ContainerConfig& config, std::string_view id);  // "" with --uts=host

// Throws invalid, in docker's words, for what no start could satisfy: relative or doubled targets, a command or
// name with NUL bytes, unknown security options, sysctls that are not a container's own, …
void validate(const ContainerConfig& config);

}  // namespace minidock::engine
