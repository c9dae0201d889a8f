// A network's row: what of a NetworkView is not in columns, as JSON.
#pragma once

#include "engine/networks.h"

namespace minidock::engine {

std::string to_json(const NetworkView& view);
// Throws corrupt.
NetworkView parse_network(const store::NetworkRow& row);

}  // namespace minidock::engine
