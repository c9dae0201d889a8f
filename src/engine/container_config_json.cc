#include <nlohmann/json.hpp>

#include "engine/container_config.h"
#include "oci/json_fields.h"

// The record of a container's row. Keys are the field names; a field at its default is left out, so that rows
// written by an older version read well.
namespace minidock::engine {

namespace {

using nlohmann::json;
using oci::JsonReader;
using oci::put;
constexpr const char* kContainerRecord = "container record";

// One list of fields for both directions: `field(key, member)` is called for each plain member.
template <typename Config, typename Field>
void each_plain_field(Config& config, Field field) {
  field("image", config.image);
  field("args", config.args);
  field("entrypoint", config.entrypoint);
  field("env", config.env);
  field("working_dir", config.working_dir);
  field("user", config.user);
  field("hostname", config.hostname);
  field("domainname", config.domainname);
  field("stop_signal", config.stop_signal);
  field("stop_timeout", config.stop_timeout);
  field("run_timeout", config.run_timeout);
  field("add_groups", config.add_groups);
  field("labels", config.labels);
  field("tty", config.tty);
  field("open_stdin", config.open_stdin);
  field("stdin_once", config.stdin_once);
  field("auto_remove", config.auto_remove);
  field("init", config.init);
  field("read_only", config.read_only);
  field("privileged", config.privileged);
  field("volumes_from", config.volumes_from);
  field("network", config.network);
  field("exposed", config.exposed);
  field("publish_all", config.publish_all);
  field("pid_mode", config.pid_mode);
  field("ipc_mode", config.ipc_mode);
  field("uts_mode", config.uts_mode);
  field("cgroupns_mode", config.cgroupns_mode);
  field("cgroup_parent", config.cgroup_parent);
  field("cap_add", config.cap_add);
  field("cap_drop", config.cap_drop);
  field("security_options", config.security_options);
  field("annotations", config.annotations);
  field("dns", config.dns);
  field("dns_search", config.dns_search);
  field("dns_options", config.dns_options);
  field("add_hosts", config.add_hosts);
  field("sysctls", config.sysctls);
  field("shm_size", config.shm_size);
  field("oom_score_adj", config.oom_score_adj);
  field("umask", config.umask);
  field("nano_cpus", config.nano_cpus);
  field("log_driver", config.log_driver);
  field("log_options", config.log_options);
  field("restart_policy", config.restart.name);
  field("restart_most", config.restart.most);
  field("health_on_failure", config.health_on_failure);
  field("detach_keys", config.detach_keys);
  field("rows", config.rows);
  field("columns", config.columns);
}

template <typename Config, typename Field>
void each_device_field(Config& config, Field field) {
  field("devices", config.devices);
  field("device_rules", config.device_rules);
  field("block_weights", config.block_weights);
  field("block_read_bytes", config.block_read_bytes);
  field("block_write_bytes", config.block_write_bytes);
  field("block_read_operations", config.block_read_operations);
  field("block_write_operations", config.block_write_operations);
}

template <typename Resources, typename Field>
void each_limit(Resources& resources, Field field) {
  field("memory_limit", resources.memory_limit);
  field("memory_swap", resources.memory_swap);
  field("memory_reservation", resources.memory_reservation);
  field("memory_swappiness", resources.memory_swappiness);
  field("disable_oom_killer", resources.disable_oom_killer);
  field("cpu_shares", resources.cpu_shares);
  field("cpu_period", resources.cpu_period);
  field("cpu_quota", resources.cpu_quota);
  field("cpu_realtime_period", resources.cpu_realtime_period);
  field("cpu_realtime_runtime", resources.cpu_realtime_runtime);
  field("cpuset_cpus", resources.cpuset_cpus);
  field("cpuset_mems", resources.cpuset_mems);
  field("pids_limit", resources.pids_limit);
  field("blkio_weight", resources.blkio_weight);
  field("unified", resources.unified);
}

template <typename Mount, typename Field>
void each_mount_field(Mount& mount, Field field) {
  field("type", mount.type);
  field("source", mount.source);
  field("target", mount.target);
  field("read_only", mount.read_only);
  field("create_source", mount.create_source);
  field("no_copy", mount.no_copy);
  field("anonymous", mount.anonymous);
  field("change_owner", mount.change_owner);
  field("overlay", mount.overlay);
  field("propagation", mount.propagation);
  field("recursion", mount.recursion);
  field("subpath", mount.subpath);
  field("id_map", mount.id_map);
  field("image_id", mount.image_id);
  field("options", mount.options);
  field("volume_labels", mount.volume_labels);
  field("volume_options", mount.volume_options);
}

template <typename Option, typename Field>
void each_network_field(Option& option, Field field) {
  field("network", option.network);
  field("aliases", option.aliases);
  field("ipv4", option.ipv4);
  field("ipv6", option.ipv6);
  field("mac", option.mac);
  field("link_local", option.link_local);
  field("driver_options", option.driver_options);
  field("priority", option.priority);
}

template <typename Option, typename Field>
void each_published_field(Option& option, Field field) {
  field("protocol", option.protocol);
  field("host_address", option.host_address);
  field("host_port", option.host_port);
  field("last_host_port", option.last_host_port);
  field("port", option.port);
}

template <typename Ulimit, typename Field>
void each_ulimit_field(Ulimit& ulimit, Field field) {
  field("name", ulimit.name);
  field("soft", ulimit.soft);
  field("hard", ulimit.hard);
}

// put() leaves defaults out; read() leaves what is absent alone.
auto writer(json& out) {
  return [&out](const char* key, const auto& value) { put(out, key, value); };
}
auto reader(const JsonReader& from) {
  return [&from](const char* key, auto& value) { from.read(key, value); };
}

// A list of objects, each by `each_field(element, field)`.
template <typename List, typename EachField>
void write_list(json& out, const char* key, const List& list, EachField each_field) {
  json elements = json::array();
  for (const auto& element : list) each_field(element, elements.emplace_back(json::object()));
  oci::put_if_any(out, key, std::move(elements));
}

}  // namespace

std::string to_json(const ContainerConfig& config) {
  json out = json::object(), limits = json::object();
  each_plain_field(config, writer(out));
  each_device_field(config, writer(out));
  each_limit(config.resources, writer(limits));
  write_list(out, "mounts", config.mounts, [](const auto& from, json& to) { each_mount_field(from, writer(to)); });
  write_list(out, "ulimits", config.ulimits, [](const auto& from, json& to) { each_ulimit_field(from, writer(to)); });
  write_list(out, "networks", config.networks,
             [](const auto& from, json& to) { each_network_field(from, writer(to)); });
  write_list(out, "published", config.published,
             [](const auto& from, json& to) { each_published_field(from, writer(to)); });
  out["network"] = config.network;  // "" would read back as the default
  out["log_driver"] = config.log_driver;
  oci::put_if_any(out, "resources", std::move(limits));
  // The image's own words for its defaults, as one text: one reader and one writer for them, in oci.
  out["image_defaults"] = oci::to_json(config.image_defaults);
  if (config.health_check) {
    oci::ContainerDefaults asked;
    asked.health_check = config.health_check;
    out["health_check"] = oci::to_json(asked);
  }
  return oci::dump_json(out);
}

ContainerConfig parse_container_config(std::string_view text) {
  const json document = oci::parse_json(text, kContainerRecord, ErrorKind::corrupt);
  const JsonReader from(document, kContainerRecord, ErrorKind::corrupt);
  ContainerConfig config;
  each_plain_field(config, reader(from));
  each_device_field(config, reader(from));
  if (const auto limits = from.find("resources")) each_limit(config.resources, reader(*limits));
  for (const JsonReader& element : from.list("mounts")) {
    each_mount_field(config.mounts.emplace_back(), reader(element));
  }
  for (const JsonReader& element : from.list("ulimits")) {
    each_ulimit_field(config.ulimits.emplace_back(), reader(element));
  }
  for (const JsonReader& element : from.list("networks")) {
    each_network_field(config.networks.emplace_back(), reader(element));
  }
  for (const JsonReader& element : from.list("published")) {
    each_published_field(config.published.emplace_back(), reader(element));
  }
  std::string defaults = "{}";
  from.read("image_defaults", defaults);
  config.image_defaults = oci::parse_container_defaults(defaults);
  std::string asked = "{}";
  from.read("health_check", asked);
  config.health_check = oci::parse_container_defaults(asked).health_check;
  return config;
}

}  // namespace minidock::engine
