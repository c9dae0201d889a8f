// What a user has to know of the host's other firewalls when a container starts on a network.
#pragma once

#include <string>
#include <vector>

#include "engine/network_record.h"
#include "store/store.h"

namespace minidock::engine {

// A line for each chain that shuts a network of the container off from the world, with what opens it. Each is told
// once: a mark in RUN remembers, as long as it is so.
void warn_of_other_firewalls(store::Store& store, const NetworkRecord& place, std::vector<std::string>& warnings);

}  // namespace minidock::engine
