// From a container's config to the bundle that the runtime runs. Pure but for the devices of the host that
// --device and --privileged name: the same input gives the same bundle, tested without root.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/container_config.h"
#include "linux/host.h"
#include "runtime/plan.h"

namespace minidock::engine {

// Where the container's own files are and what its root stands on.
struct ContainerPlace {
  std::string id;
  std::string cgroup;                                               // its path below each mount
  std::string directory;                                            // ROOT/containers/<id>: upper, work, hosts, …
  std::vector<std::string> layers;                                  // topmost first
  std::function<std::string(const std::string&)> volume_directory;  // a volume's name -> its files
  std::function<std::string(const std::string&)> volume_home;       // its parent; "" of a volume that is mounted there
  std::function<std::vector<std::string>(const MountOption&)> image_layers;  // of a mounted image, topmost first
  std::string network_path;        // of a network namespace to join; "": a new one, or the host's
  std::string identity_directory;  // hosts, hostname and resolv.conf; "": `directory`
};

// The bundle without its seccomp filter, which comes from a cache: see seccomp_filter(). Adds to `warnings` what
// the user asked for and does not get.
runtime::Bundle build_bundle(const ContainerConfig& config, const ContainerPlace& place, const linux::HostFacts& facts,
                             std::vector<std::string>& warnings);

// The parts of build_bundle(), each in its own file.
oci::Process build_process(const ContainerConfig& config, const std::string& id, const linux::HostFacts& facts,
                           std::vector<std::string>& warnings);
oci::Capabilities all_capabilities(const linux::HostFacts& facts);  // that this host can grant
std::vector<oci::Mount> build_mounts(const ContainerConfig& config, const ContainerPlace& place);
std::map<std::string, runtime::BindExtra> bind_extras(const ContainerConfig& config, const ContainerPlace& place);
// Where the layer that is thrown away is, of the mount of that number: has "upper" and "work".
std::string overlay_directory(const ContainerPlace& place, size_t mount);
linux::CapabilityMask granted_capabilities(const ContainerConfig& config, const linux::HostFacts& facts);
ProtectedPaths protected_paths(const ContainerConfig& config, const linux::HostFacts& facts);
std::vector<oci::Rlimit> build_rlimits(const ContainerConfig& config, const linux::HostFacts& facts);
oci::Resources build_resources(const ContainerConfig& config);
std::map<std::string, std::string> build_sysctls(const ContainerConfig& config);
// Nodes to make beside the default ones, and access rules to add to the default ones. Throws not_found for a
// device that the host has not.
void add_devices(const ContainerConfig& config, oci::Linux& linux_);
// Limits of disk I/O, which the config has by device path. Throws as above.
void add_block_limits(const ContainerConfig& config, oci::Resources& resources);

// The compiled filter, "" for unconfined; the default one through the cache below `cache_directory`.
std::string seccomp_filter(const ContainerConfig& config, linux::CapabilityMask capabilities,
                           const std::string& cache_directory);

}  // namespace minidock::engine
