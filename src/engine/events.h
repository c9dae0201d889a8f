// What the engine adds to the log of events (store/event_log.h), in docker's names. The monitor adds start, oom, die
// and exec_die, the store what it does to images and volumes. Never fails, and nothing is decided by it.
#pragma once

#include <map>
#include <string>

#include "engine/engine.h"
#include "engine/networks.h"

namespace minidock::engine {

using EventAttributes = std::map<std::string, std::string>;

// A container's labels, its image as typed and its name: what every event of a container has. Without the labels where
// they are beyond what a line of the log may have.
EventAttributes event_attributes(const store::ContainerRow& row, const ContainerConfig& config);

// One of a container: the above and `more`.
void record_container_event(const store::Store& store, const store::ContainerRow& row, const ContainerConfig& config,
                            const std::string& action, const EventAttributes& more = {});

// For the monitor of the container, or of a further process in it.
monitor::LaunchRequest::Events monitor_events(const store::Store& store, const store::ContainerRow& row,
                                              const ContainerConfig& config, const EventAttributes& more = {});

// What its monitor is to say from now on; written for a running one whose name changes.
void change_monitor_events(const store::Store& store, const store::ContainerRow& row, const ContainerConfig& config);
void discard_changed_events(const store::Store& store, const std::string& id);

// The volumes of a container that starts.
void record_volume_mounts(const store::Store& store, const store::ContainerRow& row, const ContainerConfig& config);

// "health_status: healthy", once a check has another answer than the one before.
void record_health_status(const store::Store& store, const store::ContainerRow& row, const ContainerConfig& config,
                          const std::string& status);

// "create", "connect", "disconnect", "destroy"; `container`: its ID, "" for none.
void record_network_event(const store::Store& store, const std::string& action, const NetworkView& network,
                          const std::string& container = {});

// "connect" for each network of a container that starts.
void record_connections(const store::Store& store, const store::ContainerRow& row, const NetworkRecord& record);

// Of a prune: of "container", "image", "volume".
void record_prune(const store::Store& store, const std::string& type, uint64_t freed);

}  // namespace minidock::engine
