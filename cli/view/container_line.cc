#include "cli/view/container_line.h"

#include <algorithm>

#include "cli/view/human.h"
#include "cli/view/ports.h"
#include "cli/view/tree_size.h"

namespace minidock::cli {
namespace {

using engine::ContainerView;

std::string mounts_text(const engine::ContainerConfig& config, bool truncate) {
  std::vector<std::string> names;
  for (const engine::MountOption& mount : config.mounts) {
    if (mount.source.empty()) continue;
    names.push_back(truncate ? ellipsis(mount.source, 15) : mount.source);
  }
  return join(names, ",");
}

std::map<std::string, std::string> all_labels(const engine::ContainerConfig& config) {
  std::map<std::string, std::string> labels = config.labels;
  labels.insert(config.image_defaults.labels.begin(), config.image_defaults.labels.end());
  return labels;
}

bool made_from(const ContainerView& container, const std::string& ancestor, engine::Engine& engine) {
  if (container.row.image_reference == ancestor) return true;
  const auto image = engine.store().find_image(ancestor);
  return image && image->id == container.row.image;
}

bool uses_volume(const ContainerView& container, const std::string& volume) {
  const auto& mounts = container.config().mounts;
  return std::any_of(mounts.begin(), mounts.end(),
                     [&](const auto& mount) { return mount.source == volume || mount.target == volume; });
}

void check_values(const Filters& filters) {
  for (const std::string& value : filters.values("status")) {
    const auto known = {"created", "restarting", "running", "removing", "paused", "exited", "dead"};
    if (std::find(known.begin(), known.end(), value) == known.end()) {
      throw_error(ErrorKind::invalid, "invalid filter 'status=", printable(value), "'");
    }
  }
  for (const std::string& value : filters.values("health")) {
    const auto known = {"starting", "healthy", "unhealthy", "none"};
    if (std::find(known.begin(), known.end(), value) == known.end()) {
      throw_error(ErrorKind::invalid, "Unrecognised filter value for health: ", printable(value));
    }
  }
  for (const std::string& value : filters.values("exited")) {
    if (!parse_int(value)) throw_error(ErrorKind::invalid, "invalid filter 'exited=", printable(value), "'");
  }
}

std::string health_word(const ContainerView& container) {
  return container.health() ? engine::health_name(container.health()->status) : "none";
}

bool is_on_network(const ContainerView& container, const std::string& name) {
  const engine::ContainerConfig& config = container.config();
  if (config.networks.empty() && engine::is_network_mode(config.network) && config.network == name) return true;
  for (const engine::NetworkOption& option : config.networks) {
    if (option.network == name) return true;
  }
  for (const engine::EndpointRecord& endpoint : container.network().endpoints) {
    if (endpoint.network == name || endpoint.network_id.starts_with(name)) return true;
  }
  return false;
}

// "80" stands for 80/tcp, as docker has it.
std::string with_protocol(const std::string& port) {
  return port.find('/') == std::string::npos ? port + "/tcp" : port;
}

bool publishes(const ContainerView& container, const std::string& value) {
  const std::string wanted = with_protocol(value);
  for (const engine::PortRecord& port : container.network().ports) {
    if (cat(port.host_port, port.port.substr(port.port.find('/'))) == wanted) return true;
  }
  return false;
}

bool exposes(const ContainerView& container, const std::string& value) {
  const std::vector<std::string> ports = exposed_ports(container.config());
  return container.is_up() && std::find(ports.begin(), ports.end(), with_protocol(value)) != ports.end();
}

bool passes(const ContainerView& container, const Filters& filters, engine::Engine& engine) {
  const std::string state = engine::state_name(container.state);
  return filters.any("id", [&](const std::string& value) { return container.row.id.starts_with(value); }) &&
         filters.any("name", [&](const std::string& value) { return name_matches(container.row.name, value); }) &&
         filters.any("status", [&](const std::string& value) { return value == state; }) &&
         filters.any("health", [&](const std::string& value) { return value == health_word(container); }) &&
         filters.any("exited",
                     [&](const std::string& value) {
                       return container.state == engine::ContainerState::exited && value == cat(container.exit_code);
                     }) &&
         filters.any("ancestor", [&](const std::string& value) { return made_from(container, value, engine); }) &&
         filters.any("volume", [&](const std::string& value) { return uses_volume(container, value); }) &&
         filters.any("network", [&](const std::string& value) { return is_on_network(container, value); }) &&
         filters.any("publish", [&](const std::string& value) { return publishes(container, value); }) &&
         filters.any("expose", [&](const std::string& value) { return exposes(container, value); }) &&
         filters.any("is-task", [](const std::string& value) { return value == "false" || value == "0"; }) &&
         (!filters.has("label") || filters.labels_match(all_labels(container.config())));
}

}  // namespace

const format::ListKind& container_list_kind(bool sizes) {
  static const std::string columns =
      "{{.ID}}\\t{{.Image}}\\t{{.Command}}\\t{{.RunningFor}}\\t{{.Status}}\\t{{.Ports}}\\t{{.Names}}";
  static const format::ListKind kind = {columns,
                                        {{"ID", "CONTAINER ID"},
                                         {"Image", "IMAGE"},
                                         {"Command", "COMMAND"},
                                         {"RunningFor", "CREATED"},
                                         {"CreatedAt", "CREATED AT"},
                                         {"Status", "STATUS"},
                                         {"Ports", "PORTS"},
                                         {"Names", "NAMES"},
                                         {"State", "STATE"},
                                         {"Size", "SIZE"},
                                         {"Labels", "LABELS"},
                                         {"Mounts", "MOUNTS"},
                                         {"LocalVolumes", "LOCAL VOLUMES"},
                                         {"Networks", "NETWORKS"}}};
  static const format::ListKind with_sizes = {cat(columns, "\\t{{.Size}}"), kind.titles};
  return sizes ? with_sizes : kind;
}

std::string container_size(const ContainerView& container, engine::Engine& engine) {
  const uint64_t own = tree_size(cat(engine.store().container_directory(container.row.id), "/upper"));
  const auto image = engine.store().find_image(container.row.image.text());
  return cat(short_size(own), " (virtual ", short_size(own + (image ? image->size : 0)), ")");
}

const std::vector<std::string_view>& container_filter_names() {
  static const std::vector<std::string_view> names = {"id",     "name",    "label",  "status", "ancestor",
                                                      "exited", "since",   "before", "volume", "network",
                                                      "health", "publish", "expose", "is-task"};
  return names;
}

std::string command_text(const engine::ContainerConfig& config) {
  try {
    std::vector<std::string> words = engine::command_line(config);
    // As docker, so that an argument of several words is seen to be one.
    for (auto word = words.begin() + 1; word != words.end(); ++word) {
      if (word->find(' ') != std::string::npos) *word = cat("'", *word, "'");
    }
    return join(words, " ");
  } catch (const Error&) {
    return "";  // a container of an older image whose defaults no longer name a command
  }
}

namespace {
std::string networks_text(const engine::ContainerConfig& config) {
  if (config.networks.empty()) return engine::is_network_mode(config.network) ? config.network : "";
  std::vector<std::string> names;
  for (const engine::NetworkOption& option : config.networks) names.push_back(option.network);
  return join(names, ",");
}
}  // namespace

format::ListLine container_line(const ContainerView& container, Nanoseconds now, bool truncate) {
  const engine::ContainerConfig& config = container.config();
  const std::string command = command_text(config);
  const auto volumes = std::count_if(config.mounts.begin(), config.mounts.end(),
                                     [](const auto& mount) { return mount.type == "volume"; });
  const auto labels = all_labels(config);
  format::ListLine line;
  line.fields = Json{{"Command", quote(truncate ? ellipsis(command, 20) : command)},
                     {"CreatedAt", local_time(container.row.created)},
                     {"ID", truncate ? short_id(container.row.id) : container.row.id},
                     {"Image", container.row.image_reference},
                     {"Labels", labels_text(labels)},
                     {"LocalVolumes", cat(volumes)},
                     {"Mounts", mounts_text(config, truncate)},
                     {"Names", container.row.name},
                     {"Networks", networks_text(config)},
                     {"Ports", ports_text(container)},
                     {"RunningFor", cat(human_duration(now - container.row.created), " ago")},
                     {"Size", "0B"},
                     {"State", engine::state_name(container.state)},
                     {"Status", container.status(now)}};
  line.labels = Json(labels);
  return line;
}

std::vector<ContainerView> select_containers(std::vector<ContainerView> all, const Filters& filters,
                                             engine::Engine& engine) {
  check_values(filters);
  Nanoseconds after = INT64_MIN, before = INT64_MAX;
  for (const std::string& name : filters.values("since")) after = std::max(after, engine.load(name).row.created);
  for (const std::string& name : filters.values("before")) before = std::min(before, engine.load(name).row.created);
  std::erase_if(all, [&](const ContainerView& container) {
    const bool in_time = container.row.created > after && container.row.created < before;
    return !in_time || !passes(container, filters, engine);
  });
  return all;
}

}  // namespace minidock::cli
