// Links, addresses and routes of a network namespace, by rtnetlink.
//
// What is to be done is built as messages (netlink.h), so that whoever is in the right namespace can send them.
// Sources: rtnetlink(7), veth(4), Documentation/netlink/specs/rt_link.yaml.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "linux/ip_address.h"
#include "linux/netlink_message.h"

namespace minidock::linux {

using MacAddress = std::array<uint8_t, 6>;
std::string to_text(const MacAddress& address);              // "02:42:ac:11:00:02"
std::optional<MacAddress> parse_mac(std::string_view text);  // nullopt also for multicast addresses

bool is_interface_name(std::string_view text);

// --- requests; each appends to `out`, in the caller's namespace unless it says otherwise ---

struct BridgeSettings {
  std::string name;
  MacAddress mac = {};
  uint32_t mtu = 0;  // bytes, 0: the kernel's
};
// A new bridge, down. The kernel answers EEXIST where the name is taken.
void add_bridge(NetlinkMessages& out, const BridgeSettings& settings);

// Two ends of a wire. The host's end is a port of a bridge, and up; what comes in there may leave there.
struct VethSettings {
  std::string host_name;
  uint32_t bridge = 0;  // index
  std::string peer_name;
  uint32_t peer_index = 0;
  MacAddress peer_mac = {};
  uint32_t mtu = 0;
  bool isolated = false;    // no way between such ports of the bridge
  bool ipv6 = true;         // the kernel has it: the host's end is then kept from taking an address of its own
  int peer_namespace = -1;  // borrowed: the sender's descriptor of it
};
// The peer is made in another namespace, and is down. Returns the place of the pid of a process there, 4 bytes, which
// the sender fills in; of no meaning where the namespace is named.
size_t add_veth(NetlinkMessages& out, const VethSettings& settings);

// An interface on another one of the sender's namespace, with a MAC address of its own (ip-link(8), "MACVLAN").
struct MacvlanSettings {
  std::string name;
  uint32_t index = 0, parent = 0;
  MacAddress mac = {};
  uint32_t mtu = 0;
  std::string mode;         // "bridge", "private", "vepa", "passthru"
  int peer_namespace = -1;  // as VethSettings'
};
bool is_macvlan_mode(std::string_view mode);
size_t add_macvlan(NetlinkMessages& out, const MacvlanSettings& settings);

void set_link_up(NetlinkMessages& out, uint32_t index);
void remove_link(NetlinkMessages& out, const std::string& name);
void remove_link(NetlinkMessages& out, uint32_t index);
void add_address(NetlinkMessages& out, uint32_t index, const IpAddress& address, unsigned prefix_length);
void remove_address(NetlinkMessages& out, uint32_t index, const IpAddress& address, unsigned prefix_length);
void add_route(NetlinkMessages& out, uint32_t index, const IpPrefix& to, const IpAddress& gateway);
void add_default_route(NetlinkMessages& out, uint32_t index, const IpAddress& gateway);
// In the place of the one that there is, if any.
void replace_default_route(NetlinkMessages& out, uint32_t index, const IpAddress& gateway);

// --- what is there ---

struct Link {
  uint32_t index = 0, mtu = 0, master = 0;  // master 0: none
  std::string name, kind;                   // kind "": a device of hardware, or lo
  bool up = false;
};
std::optional<Link> find_link(NetlinkSocket& socket, const std::string& name);
std::vector<Link> read_links(NetlinkSocket& socket);

struct LinkAddress {
  uint32_t link = 0;  // index
  IpAddress address;
  unsigned prefix_length = 0;
};
std::vector<LinkAddress> read_addresses(NetlinkSocket& socket);

// The networks that routes of the main table lead to; without the default ones.
std::vector<IpPrefix> read_routed_networks(NetlinkSocket& socket);

}  // namespace minidock::linux
