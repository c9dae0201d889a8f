// Addresses for a container on one network.
#pragma once

#include "engine/container_config.h"
#include "network/network.h"
#include "store/network_leases.h"

namespace minidock::engine {

// One of each subnet: those that `option` names, else ones that are free. Throws invalid, conflict, exhausted.
std::vector<linux::IpAddress> lease_addresses(store::LeaseBook& book, const network::Network& network,
                                              const NetworkOption& option, const std::string& container);

}  // namespace minidock::engine
