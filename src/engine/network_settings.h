// From what `network create` was asked for to a network: subnets chosen or checked, docker's options read.
#pragma once

#include "engine/networks.h"

namespace minidock::engine {

// Throws invalid for what does not fit together, conflict for a subnet that is taken, exhausted where none is free.
network::Network network_of(const NetworkSettings& settings, const std::vector<linux::IpPrefix>& taken,
                            const std::string& id);

// One of the pools', with its first address for the gateway. Throws exhausted.
network::Subnet free_subnet(const std::vector<linux::IpPrefix>& taken,
                            const std::vector<network::AddressPool>& pools = network::default_pools());

// The interface of a network whose user named none.
std::string bridge_name(const std::string& id);

}  // namespace minidock::engine
