// Networks as users have them: made, listed and removed by docker's rules; rows of the store as network::Network.
//
// "bridge", "host" and "none" are always there. Of all others a row is all that lasts: bridges and rules of the host
// are made from it when a container needs them (network_place.h).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "network/network.h"
#include "store/store.h"

namespace minidock::engine {

constexpr const char* kDefaultNetwork = "bridge";

struct NetworkView {
  Nanoseconds created = 0;
  std::string driver;        // "bridge", "macvlan", "host", "null"
  network::Network network;  // of the others but name and ID nothing
  bool is_predefined() const { return network.name == kDefaultNetwork || driver == "host" || driver == "null"; }
};

// As `network create` has them; texts as they were typed.
struct NetworkSettings {
  std::string name, driver = "bridge";
  std::vector<std::string> subnets, gateways, ranges;
  std::map<std::string, std::string> reserved;  // --aux-address
  bool internal = false;
  std::vector<std::pair<std::string, int>> pools;  // a base and a prefix length each; none: the default ones
  std::optional<bool> ipv4, ipv6;
  std::map<std::string, std::string> options, labels;
};

// Options that are looked at when a container is wired: the address where ports are published that name none, and how
// its interfaces are called, less their number.
constexpr const char* kHostAddressOption = "com.docker.network.bridge.host_binding_ipv4";
constexpr const char* kPrefixOption = "com.docker.network.container_iface_prefix";

// Makes the row; returns its ID. Throws conflict for a name or subnet that is taken, invalid, exhausted where no subnet
// is free.
std::string create_network(store::Store& store, const NetworkSettings& settings);

// An IP address as it is usually spelled. Throws invalid: "invalid IP address: X".
std::string usual_address(const std::string& text);
bool is_mac_address(const std::string& text);

std::vector<NetworkView> list_networks(store::Store& store);  // by name
// By name, ID or the beginning of one. Throws not_found: "network X not found".
NetworkView load_network(store::Store& store, const std::string& name_or_id);

// Is a container that is up on it?
bool is_network_used(store::Store& store, const NetworkView& view);

// Its row, its bridge and its rules. Throws in_use, naming the containers on it; permission for a predefined one.
void remove_network(store::Store& store, const std::string& name_or_id);
// Those that no container is on, and that pass `wanted`; returns their names.
std::vector<std::string> prune_networks(store::Store& store, const std::function<bool(const NetworkView&)>& wanted);
// All rows, and what is on the host of them. For reset.
void remove_all_networks(store::Store& store);

// Makes what is missing on the host of networks that containers are on, and all rules anew.
void reload_networks(store::Store& store);

}  // namespace minidock::engine
