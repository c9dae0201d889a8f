// What a container's place on one network takes: addresses that are leased, a wire to the bridge, a line of the record.
//
// Both a start and `network connect` go through these in this order: load, ensure_host_sides(), lease(),
// choose_ways_out(), and, once the leases are good and the network is still there, the wire.
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

// A container's network namespace may have links of the kernel's own making besides lo; ours come after those.
constexpr uint32_t kFirstInterfaceIndex = 32;

struct Membership {
  NetworkView view;
  NetworkOption option;
  uint32_t host_side = 0;  // index
  network::Endpoint endpoint;
};

// On the network of `option`, by the first interface `ethN` that is not in `taken`. Throws not_found, and invalid for
// options that make no sense.
Membership load_membership(store::Store& store, const NetworkOption& option, const std::vector<std::string>& taken);
// Of all networks of a config, in its order.
std::vector<Membership> load_memberships(store::Store& store, const ContainerConfig& config);

// Throws what is wrong with an option, as far as it can be told before there is a lease.
void check_option(const network::Network& network, const NetworkOption& option);

void ensure_host_sides(std::vector<Membership>& memberships);

// Addresses for it, and its MAC address. `stale` gets the ports that still lead to one of them. Throws as
// lease_addresses() does.
void lease(store::LeaseBook& book, Membership& one, const std::string& container, std::vector<store::PortLease>& stale);

// Throws not_found for a network that has been removed since it was loaded. With the leases' transaction: whoever
// removes it from here on sees them.
void require_still_there(store::Store& store, const std::vector<Membership>& memberships);

EndpointRecord record_of(const Membership& one);
// Whose default routes go there, by the record of all.
void choose_ways_out(std::vector<Membership>& memberships, const NetworkRecord& record);
// Where ports are published that name no address of the host; "": at every one. Of the network on the way out.
std::string host_address(const std::vector<Membership>& memberships);
// The addresses, at most one a family, that published ports lead to.
std::vector<linux::IpAddress> published_addresses(const NetworkRecord& record);

// Sysctls of its interface, before that is up.
std::map<std::string, std::string> interface_settings(const Membership& one);
// The name of the host's end of its wire; see network::wire_name().
std::string wire_name(const Membership& one);
// Deletes what whoever had its address before has left there.
void discard_stale_wire(const Membership& one);

// What connects it: for the host, then for the container's namespace, where the settings come first.
struct Wire {
  runtime::NetworkRequest host, own;
  std::map<std::string, std::string> settings;  // sysctls
};
Wire wire_of(const Membership& one);

}  // namespace minidock::engine
