// A network: a bridge of the host, the addresses on it, and what the host's rules let through; or, of macvlan, an
// interface of the host that containers have interfaces on.
//
//   container eth0 --veth-- bridge (gateway address) -- host's routing and rules -- the world
//
// What is made on the host is made when it is missing, so that a reboot, or somebody who takes it away, costs nothing:
// the row of the network in the store is all that lasts.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "linux/links.h"
#include "network/firewall.h"
#include "network/subnets.h"

namespace minidock::network {

struct Network {
  std::string name;
  std::string id;               // 64 hex digits
  std::string bridge;           // the interface
  std::vector<Subnet> subnets;  // of IPv4 first; at most one a family
  bool internal = false, masquerade = true;
  bool isolated = false;     // its containers do not reach each other
  uint32_t mtu = 0;          // bytes, 0: the kernel's
  std::string macvlan_mode;  // "": a bridge network
  std::string parent;        // macvlan: the interface; "": a bridge without addresses stands for it
  std::map<std::string, std::string> options, labels;  // as they were given

  bool has_v6() const;
  bool is_macvlan() const { return !macvlan_mode.empty(); }
  bool operator==(const Network&) const = default;
};

FirewallNetwork firewall_network(const Network& network);

// Makes what is missing of the bridge: the interface, its addresses, the settings of the kernel that it needs. Throws
// conflict where the name is another interface's, unsupported where the kernel has no bridges. Returns its index.
uint32_t ensure_bridge(linux::NetlinkSocket& routes, const Network& network);
// The index of what containers are wired to: the bridge, or the parent. Throws not_found for a parent that is not
// there.
uint32_t ensure_host_side(linux::NetlinkSocket& routes, const Network& network);
void remove_bridge(linux::NetlinkSocket& routes, const Network& network);

// All that the host's addresses and routes take, for choose_subnet().
std::vector<linux::IpPrefix> used_prefixes(linux::NetlinkSocket& routes);

// A container's place on a network.
struct Endpoint {
  std::string interface;  // in the container: "eth0"
  uint32_t index = 0;     // there
  linux::MacAddress mac = {};
  std::vector<linux::IpAddress> addresses;      // at most one a subnet
  std::vector<linux::IpAddress> link_local;     // that somebody asked for, beside them
  bool leads_out4 = false, leads_out6 = false;  // the container's default route of that family goes here
  int container_namespace = -1;                 // borrowed: of a container that is up
};

// 02:42 and the IPv4 address, as docker's; of the IPv6 address's end where there is none.
linux::MacAddress mac_of(const linux::IpAddress& address);

// The host's end of a wire: one name for an IPv4 address of a network, so that who gets the address finds what the one
// before has left there.
std::string wire_name(uint32_t bridge_index, const Endpoint& endpoint);
// Of a container that is gone. kernel: a connection whose other side has fallen silent keeps a namespace, its addresses
// and its wire for minutes after the last process, and answers for them. No such wire is fine.
void remove_wire(linux::NetlinkSocket& routes, const std::string& name);

// For the host: the wire. Its place is the pid of a process in the container's namespace, where that is not named; see
// add_veth().
struct HostMessages {
  linux::NetlinkMessages messages;
  size_t pid_place = 0;
};
HostMessages connect_endpoint(const Network& network, uint32_t host_side, const Endpoint& endpoint,
                              const std::string& host_interface);
// For the container: the interface up, its addresses and routes.
linux::NetlinkMessages configure_endpoint(const Network& network, const Endpoint& endpoint);

}  // namespace minidock::network
