#include "cli/view/container_json.h"
#include "cli/view/network_json.h"

namespace minidock::cli {
namespace {

Json texts_or_null(const std::vector<std::string>& texts) {
  return texts.empty() ? Json() : Json(texts);
}

// As docker: a privileged container is one without SELinux labels.
Json security_json(const engine::ContainerConfig& config) {
  std::vector<std::string> options = config.security_options;
  if (config.privileged) options.push_back("label=disable");
  return texts_or_null(options);
}

Json binds_json(const engine::ContainerConfig& config) {
  Json binds = Json::array();
  for (const engine::MountOption& mount : config.mounts) {
    if (mount.type == "tmpfs" || mount.type == "image" || mount.anonymous) continue;
    binds.push_back(cat(mount.source, ":", mount.target, mount.read_only ? ":ro" : ""));
  }
  return binds.empty() ? Json() : binds;
}

Json tmpfs_json(const engine::ContainerConfig& config) {
  Json tmpfs = Json::object();
  for (const engine::MountOption& mount : config.mounts) {
    if (mount.type == "tmpfs") tmpfs[mount.target] = join(mount.options, ",");
  }
  return tmpfs;
}

Json ulimits_json(const engine::ContainerConfig& config) {
  Json limits = Json::array();
  for (const engine::UlimitOption& limit : config.ulimits) {
    limits.push_back(Json{{"Name", limit.name}, {"Hard", limit.hard}, {"Soft", limit.soft}});
  }
  return limits;
}

Json devices_json(const engine::ContainerConfig& config) {
  Json devices = Json::array();
  for (const std::string& text : config.devices) {
    const auto parts = split(text, ':');
    const bool inside = parts.size() > 1 && parts[1].starts_with('/');
    const bool mode = parts.size() == 3 || (parts.size() == 2 && !inside);
    devices.push_back(Json{{"PathOnHost", parts[0]},
                           {"PathInContainer", inside ? parts[1] : parts[0]},
                           {"CgroupPermissions", mode ? parts.back() : "rwm"}});
  }
  return devices;
}

// "PATH:NUMBER" each; docker has an empty list where nothing is asked.
Json device_values_json(const std::vector<std::string>& options, const char* key) {
  Json list = Json::array();
  for (const std::string& option : options) {
    const size_t colon = option.rfind(':');
    list.push_back(Json{{"Path", option.substr(0, colon)}, {key, parse_int(option.substr(colon + 1)).value_or(0)}});
  }
  return list;
}

void add_resources(Json& json, const engine::ContainerConfig& config) {
  const oci::Resources& resources = config.resources;
  json["CpuShares"] = resources.cpu_shares.value_or(0);
  json["Memory"] = resources.memory_limit.value_or(0);
  json["NanoCpus"] = config.nano_cpus;
  json["CgroupParent"] = config.cgroup_parent;
  json["BlkioWeightDevice"] = device_values_json(config.block_weights, "Weight");
  json["BlkioDeviceReadBps"] = device_values_json(config.block_read_bytes, "Rate");
  json["BlkioDeviceWriteBps"] = device_values_json(config.block_write_bytes, "Rate");
  json["BlkioDeviceReadIOps"] = device_values_json(config.block_read_operations, "Rate");
  json["BlkioDeviceWriteIOps"] = device_values_json(config.block_write_operations, "Rate");
  json["DeviceCgroupRules"] = texts_or_null(config.device_rules);
  json["DeviceRequests"] = nullptr;
  json["CpuRealtimePeriod"] = resources.cpu_realtime_period.value_or(0);
  json["CpuRealtimeRuntime"] = resources.cpu_realtime_runtime.value_or(0);
  // Of other systems: docker has them always, and templates name them.
  for (const char* key : {"CpuCount", "CpuPercent", "IOMaximumIOps", "IOMaximumBandwidth"}) {
    json[key] = 0;
  }
  json["Isolation"] = "";
  json["BlkioWeight"] = resources.blkio_weight.value_or(0);
  // Docker keeps --cpus apart from the period and quota that it stands for.
  json["CpuPeriod"] = config.nano_cpus != 0 ? 0 : resources.cpu_period.value_or(0);
  json["CpuQuota"] = config.nano_cpus != 0 ? 0 : resources.cpu_quota.value_or(0);
  json["CpusetCpus"] = resources.cpuset_cpus;
  json["CpusetMems"] = resources.cpuset_mems;
  json["Devices"] = devices_json(config);
  json["MemoryReservation"] = resources.memory_reservation.value_or(0);
  json["MemorySwap"] = resources.memory_swap.value_or(0);
  json["MemorySwappiness"] = resources.memory_swappiness ? Json(*resources.memory_swappiness) : Json();
  json["OomKillDisable"] = resources.disable_oom_killer;
  json["PidsLimit"] = resources.pids_limit ? Json(*resources.pids_limit) : Json();
  json["Ulimits"] = ulimits_json(config);
}

}  // namespace

Json host_config_json(const engine::ContainerConfig& config, const engine::ProtectedPaths& paths) {
  const auto mode = [](const std::string& text) { return text.empty() ? "private" : text; };
  Json json = Json{{"Binds", binds_json(config)},
                   {"ContainerIDFile", ""},
                   {"LogConfig", Json{{"Type", config.log_driver}, {"Config", Json(config.log_options)}}},
                   {"NetworkMode", config.network},
                   {"PortBindings", port_bindings_json(config)},
                   {"RestartPolicy", Json{{"Name", config.restart.name}, {"MaximumRetryCount", config.restart.most}}},
                   {"AutoRemove", config.auto_remove},
                   {"VolumeDriver", ""},
                   {"VolumesFrom", texts_or_null(config.volumes_from)},
                   {"ConsoleSize", Json::array({config.rows, config.columns})},
                   {"CapAdd", texts_or_null(config.cap_add)},
                   {"CapDrop", texts_or_null(config.cap_drop)},
                   {"CgroupnsMode", mode(config.cgroupns_mode)},
                   {"Dns", config.dns},
                   {"DnsOptions", config.dns_options},
                   {"DnsSearch", config.dns_search},
                   {"ExtraHosts", texts_or_null(config.add_hosts)},
                   {"GroupAdd", texts_or_null(config.add_groups)},
                   {"IpcMode", mode(config.ipc_mode)},
                   {"Cgroup", ""},
                   {"Links", nullptr},
                   {"OomScoreAdj", config.oom_score_adj.value_or(0)},
                   {"PidMode", config.pid_mode},
                   {"Privileged", config.privileged},
                   {"PublishAllPorts", config.publish_all},
                   {"ReadonlyRootfs", config.read_only},
                   {"SecurityOpt", security_json(config)},
                   {"Tmpfs", tmpfs_json(config)},
                   {"UTSMode", config.uts_mode},
                   {"UsernsMode", ""},
                   {"ShmSize", config.shm_size.value_or(64 << 20)},
                   {"Sysctls", Json(config.sysctls)},
                   {"Runtime", "minidock"},
                   {"Init", config.init}};
  if (!config.annotations.empty()) json["Annotations"] = Json(config.annotations);
  add_resources(json, config);
  json["MaskedPaths"] = texts_or_null(paths.masked);
  json["ReadonlyPaths"] = texts_or_null(paths.readonly);
  return json;
}

}  // namespace minidock::cli
