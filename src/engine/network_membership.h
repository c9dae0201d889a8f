// What a container's place on one network takes: addresses that are leased, a wire to the bridge, a line of the record.
//
// Both a start and `network connect` go through these in this order: load, ensure_bridge(), lease(), and, once the
// leases are good and the network is still there, the wire.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/container_config.h"
#include "engine/network_record.h"
#include "engine/networks.h"
#include "runtime/plan.h"
#include "store/network_leases.h"

namespace minidock::engine {

struct Membership {
  NetworkView view;
  NetworkOption option;
  uint32_t bridge = 0;  // index
  network::Endpoint endpoint;
};

// Of all networks of a config, in its order: eth0 and on. Throws not_found.
std::vector<Membership> load_memberships(store::Store& store, const ContainerConfig& config);

// Addresses for it, and its MAC address. `stale` gets the ports that still lead to one of them. Throws as
// lease_addresses() does, invalid for a MAC address that is none.
void lease(store::LeaseBook& book, Membership& one, const std::string& container, std::vector<store::PortLease>& stale);

// Throws not_found for a network that has been removed since it was loaded. With the leases' transaction: whoever
// removes it from here on sees them.
void require_still_there(store::Store& store, const std::vector<Membership>& memberships);

EndpointRecord record_of(const Membership& one);

// What connects it: for the host, then for the container's namespace, where the settings come first.
struct Wire {
  runtime::NetworkRequest host, own;
  std::map<std::string, std::string> settings;  // sysctls
};
Wire wire_of(const Membership& one);

}  // namespace minidock::engine
