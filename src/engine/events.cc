#include "engine/events.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "monitor/frame.h"
#include "oci/event.h"

namespace minidock::engine {

namespace {

constexpr size_t kLongest = 64 << 10;  // bytes of a record's attributes: sixteen of them fill a file of the log

std::string attributes_path(const store::Store& store, const std::string& id) {
  return cat(store.run_directory(id), "/", monitor::kAttributesName);
}

}  // namespace

EventAttributes event_attributes(const store::ContainerRow& row, const ContainerConfig& config) {
  EventAttributes out = labels(config);
  size_t size = 0;
  for (const auto& [name, value] : out) size += name.size() + value.size();
  if (size > kLongest) out.clear();
  out["image"] = row.image_reference;
  out["name"] = row.name;
  return out;
}

void record_container_event(const store::Store& store, const store::ContainerRow& row, const ContainerConfig& config,
                            const std::string& action, const EventAttributes& more) {
  oci::Event event{now(), "container", action, row.id, event_attributes(row, config)};
  for (const auto& [name, value] : more) event.attributes[name] = value;
  store.record_event(event);
}

monitor::LaunchRequest::Events monitor_events(const store::Store& store, const store::ContainerRow& row,
                                              const ContainerConfig& config, const EventAttributes& more) {
  EventAttributes attributes = event_attributes(row, config);
  attributes.insert(more.begin(), more.end());
  return {store.event_log_path(), row.id, oci::to_json_members(attributes)};
}

void change_monitor_events(const store::Store& store, const store::ContainerRow& row, const ContainerConfig& config) {
  try {
    const std::string path = attributes_path(store, row.id);
    // order: the monitor maps the file, so it is never changed in place.
    write_file(AT_FDCWD, path + ".new", oci::to_json_members(event_attributes(row, config)));
    rename_at(AT_FDCWD, path + ".new", AT_FDCWD, path);
  } catch (const Error&) {
    // Its events then have the old name.
  }
}

void discard_changed_events(const store::Store& store, const std::string& id) {
  discard_file(AT_FDCWD, attributes_path(store, id));
}

void record_volume_mounts(const store::Store& store, const store::ContainerRow& row, const ContainerConfig& config) {
  for (const MountOption& mount : config.mounts) {
    if (mount.type != "volume") continue;
    store.record_event({now(),
                        "volume",
                        "mount",
                        mount.source,
                        {{"container", row.id},
                         {"destination", mount.target},
                         {"driver", "local"},
                         {"propagation", mount.propagation},
                         {"read/write", mount.read_only ? "false" : "true"}}});
  }
}

void record_health_status(const store::Store& store, const store::ContainerRow& row, const ContainerConfig& config,
                          const std::string& status) {
  record_container_event(store, row, config, cat("health_status: ", status));
}

void record_network_event(const store::Store& store, const std::string& action, const NetworkView& network,
                          const std::string& container) {
  EventAttributes attributes = {{"name", network.network.name}, {"type", network.driver}};
  if (!container.empty()) attributes["container"] = container;
  store.record_event({now(), "network", action, network.network.id, attributes});
}

void record_connections(const store::Store& store, const store::ContainerRow& row, const NetworkRecord& record) {
  for (const EndpointRecord& endpoint : record.endpoints) {
    store.record_event({now(),
                        "network",
                        "connect",
                        endpoint.network_id,
                        {{"container", row.id}, {"name", endpoint.network}, {"type", endpoint.driver}}});
  }
}

void record_prune(const store::Store& store, const std::string& type, uint64_t freed) {
  store.record_event({now(), type, "prune", "", {{"reclaimed", cat(freed)}}});
}

}  // namespace minidock::engine
