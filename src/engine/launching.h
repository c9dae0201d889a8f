// What create, run and start have in common: from a config to a Plan and a launched container.
#pragma once

#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/network_place.h"

namespace minidock::engine {

// The image that a container was made from. Throws not_found.
store::ImageRow image_of(store::Store& store, const store::ContainerRow& row);

// Fills in what the image says and checks the whole. Throws not_found for an unknown image.
store::ImageRow complete_config(store::Store& store, const TrustPolicy& trust, ContainerConfig& config,
                                std::vector<std::string>& warnings);

// minidock's own command line for what is to be done to a container of this store by another process.
std::vector<std::string> own_command(const store::Location& location, const std::string& verb, const std::string& id);

// The log that its options ask for. Throws invalid for an option or value that the driver has not.
monitor::LogSettings log_settings(const ContainerConfig& config);

// That log, and what each line of it gets besides. Throws unsupported where the host has no journal to write to.
void add_log(const store::ContainerRow& row, const ContainerConfig& config, monitor::LaunchRequest& request);

// Where the files of a container's runs are.
std::string exit_record_path(const store::Store& store, const store::ContainerRow& row);
std::string started_mark_path(const store::Store& store, const store::ContainerRow& row);

// The container's lock, taken once its monitor has let go of it; nullopt when the container has been removed meanwhile.
// Throws in_use where that does not come about.
std::optional<Fd> lock_ended(store::Store& store, const store::ContainerRow& row);

// A request that lacks only the lock; its warnings are those of the Plan and of the bundle. It borrows from `place`,
// which is empty where nothing is to be started yet.
monitor::LaunchRequest prepare_launch(store::Store& store, const store::ContainerRow& row,
                                      const ContainerConfig& config, const store::ImageRow& image,
                                      const NetworkPlace& network, std::vector<std::string>& warnings);

// Starts it. A failure of a container that stays is recorded before it is thrown.
monitor::Session launch(store::Store& store, const store::ContainerRow& row, const monitor::LaunchRequest& request,
                        NetworkPlace& network);

}  // namespace minidock::engine
