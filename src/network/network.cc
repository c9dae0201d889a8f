#include "network/network.h"

#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"

namespace minidock::network {

using linux::IpAddress;
using linux::NetlinkMessages;

namespace {

// A setting of one interface; `needed` false: the kernel may not have it (IPv6 switched off).
void set_interface(const char* family, const std::string& interface, const char* setting, const char* value,
                   bool needed) {
  const std::string path = cat("/proc/sys/net/", family, "/conf/", interface, "/", setting);
  try {
    if (trim(find_file_text(AT_FDCWD, path).value_or("")) != value) write_file(AT_FDCWD, path, value);
  } catch (const Error&) {
    if (needed) throw;
  }
}

void set_up_bridge(const Network& network) {
  // What the host asks of a port that is published on 127.0.0.1 leaves by the bridge with that address; the rules keep
  // everybody else off it (add_protection() in firewall.cc).
  set_interface("ipv4", network.bridge, "route_localnet", "1", true);
  // A container is no router for the host.
  set_interface("ipv6", network.bridge, "accept_ra", "0", network.has_v6());
  set_interface("ipv6", network.bridge, "disable_ipv6", network.has_v6() ? "0" : "1", network.has_v6());
}

void enable_forwarding(const Network& network) {
  constexpr const char* kIpv4 = "/proc/sys/net/ipv4/ip_forward";
  constexpr const char* kIpv6 = "/proc/sys/net/ipv6/conf/all/forwarding";
  for (const char* path : {kIpv4, kIpv6}) {
    if (path == kIpv6 && !network.has_v6()) continue;
    if (trim(read_file(AT_FDCWD, path)) == "0") write_file(AT_FDCWD, path, "1");
  }
}

std::vector<linux::LinkAddress> addresses_of(linux::NetlinkSocket& routes, uint32_t link) {
  std::vector<linux::LinkAddress> out = linux::read_addresses(routes);
  std::erase_if(out, [&](const linux::LinkAddress& entry) { return entry.link != link; });
  return out;
}

void ensure_address(linux::NetlinkSocket& routes, const std::vector<linux::LinkAddress>& there, uint32_t link,
                    const IpAddress& address, unsigned length) {
  const bool has = std::any_of(there.begin(), there.end(),
                               [&](const linux::LinkAddress& entry) { return entry.address == address; });
  if (has) return;
  NetlinkMessages messages;
  linux::add_address(messages, link, address, length);
  linux::NetlinkRefusal refusal;
  const int failure = routes.try_request(messages, refusal);
  // race: another command may have done it.
  if (failure != 0 && failure != EEXIST) {
    throw_errno_message(failure, cat("give the network's bridge its address ", to_text(address)));
  }
}

linux::Link make_bridge(linux::NetlinkSocket& routes, const Network& network) {
  linux::BridgeSettings settings;
  settings.name = network.bridge;
  settings.mac = mac_of(network.subnets.at(0).gateway);
  settings.mtu = network.mtu;
  NetlinkMessages messages;
  linux::add_bridge(messages, settings);
  linux::NetlinkRefusal refusal;
  const int failure = routes.try_request(messages, refusal);
  if (failure == EOPNOTSUPP) {
    throw_error(ErrorKind::unsupported, "make the bridge of network ", network.name,
                ": this kernel has no bridges (CONFIG_BRIDGE); use --network host or none");
  }
  if (failure != 0 && failure != EEXIST) throw_errno_message(failure, cat("make the bridge of network ", network.name));
  const auto made = linux::find_link(routes, network.bridge);
  if (!made) throw_error(ErrorKind::in_use, "the bridge of network ", network.name, " went away again; try again");
  return *made;
}

}  // namespace

bool Network::has_v6() const {
  return std::any_of(subnets.begin(), subnets.end(), [](const Subnet& subnet) { return subnet.gateway.is_v6(); });
}

FirewallNetwork firewall_network(const Network& network) {
  FirewallNetwork out{network.bridge, {}, network.internal, network.masquerade, network.isolated};
  for (const Subnet& subnet : network.subnets) out.subnets.push_back(subnet.prefix);
  return out;
}

uint32_t ensure_bridge(linux::NetlinkSocket& routes, const Network& network) {
  auto link = linux::find_link(routes, network.bridge);
  if (link && link->kind != "bridge") {
    throw_error(ErrorKind::conflict, "the interface ", network.bridge, " of network ", network.name,
                " is there and is no bridge; rename it, or remove the network");
  }
  const bool is_new = !link;
  if (is_new) link = make_bridge(routes, network);
  const std::vector<linux::LinkAddress> there =
      is_new ? std::vector<linux::LinkAddress>() : addresses_of(routes, link->index);
  if (is_new || !link->up) {
    set_up_bridge(network);
    NetlinkMessages up;
    linux::set_link_up(up, link->index);
    routes.request(up, cat("bring up the bridge of network ", network.name));
  }
  // kernel: an address of the link that is not in doubt, or neighbours cannot be asked for in the first second.
  if (network.has_v6()) ensure_address(routes, there, link->index, *linux::parse_ip("fe80::1"), 64);
  for (const Subnet& subnet : network.subnets) {
    ensure_address(routes, there, link->index, subnet.gateway, subnet.prefix.length);
  }
  if (is_new) enable_forwarding(network);
  return link->index;
}

uint32_t ensure_host_side(linux::NetlinkSocket& routes, const Network& network) {
  if (!network.is_macvlan()) return ensure_bridge(routes, network);
  const std::string& name = network.parent.empty() ? network.bridge : network.parent;
  auto link = linux::find_link(routes, name);
  if (!link && network.parent.empty()) link = make_bridge(routes, network);
  if (!link) {
    throw_error(ErrorKind::not_found, "network ", network.name, ": its parent, the interface ", name,
                ", is not there; bring it back, or make the network anew with -o parent=INTERFACE");
  }
  if (!link->up && network.parent.empty()) {
    // The host is not on it.
    set_interface("ipv6", name, "disable_ipv6", "1", false);
    NetlinkMessages up;
    linux::set_link_up(up, link->index);
    routes.request(up, cat("bring up the parent of network ", network.name));
  }
  return link->index;
}

namespace {
void discard_link(linux::NetlinkSocket& routes, const std::string& name, const std::string& what) {
  NetlinkMessages messages;
  linux::remove_link(messages, name);
  linux::NetlinkRefusal refusal;
  const int failure = routes.try_request(messages, refusal);
  if (failure != 0 && failure != ENODEV) throw_errno_message(failure, what);
}
}  // namespace

void remove_bridge(linux::NetlinkSocket& routes, const Network& network) {
  if (network.bridge.empty()) return;
  discard_link(routes, network.bridge, cat("remove the bridge of network ", network.name));
}

std::string wire_name(uint32_t bridge_index, const Endpoint& endpoint) {
  constexpr uint32_t kHighest = 0xfffff;  // of bridges' indexes that a name has room for
  char text[IFNAMSIZ] = "";
  const IpAddress& first = endpoint.addresses.at(0);
  if (!first.is_v6() && bridge_index <= kHighest) {
    snprintf(text, sizeof text, "md%x%02x%02x%02x%02x", bridge_index, first.bytes[0], first.bytes[1], first.bytes[2],
             first.bytes[3]);
  }
  return *text == '\0' ? "md-" + random_hex(5) : text;
}

void remove_wire(linux::NetlinkSocket& routes, const std::string& name) {
  discard_link(routes, name, "remove the wire of a container that is gone");
}

std::vector<linux::IpPrefix> used_prefixes(linux::NetlinkSocket& routes) {
  std::vector<linux::IpPrefix> out = linux::read_routed_networks(routes);
  for (const linux::LinkAddress& entry : linux::read_addresses(routes)) {
    out.push_back(linux::make_prefix(entry.address, entry.prefix_length));
  }
  return out;
}

linux::MacAddress mac_of(const IpAddress& address) {
  linux::MacAddress out = {0x02, 0x42};
  std::copy_n(address.bytes.begin() + static_cast<long>(address.size() - 4), 4, out.begin() + 2);
  return out;
}

namespace {
HostMessages connect_to_parent(const Network& network, uint32_t parent, const Endpoint& endpoint) {
  HostMessages out;
  linux::MacvlanSettings settings;
  settings.name = endpoint.interface;
  settings.index = endpoint.index;
  settings.parent = parent;
  settings.mac = endpoint.mac;
  settings.mtu = network.mtu;
  settings.mode = network.macvlan_mode;
  settings.peer_namespace = endpoint.container_namespace;
  out.pid_place = linux::add_macvlan(out.messages, settings);
  return out;
}
}  // namespace

HostMessages connect_endpoint(const Network& network, uint32_t host_side, const Endpoint& endpoint,
                              const std::string& host_interface) {
  if (!network.parent.empty()) return connect_to_parent(network, host_side, endpoint);
  HostMessages out;
  linux::VethSettings settings;
  settings.host_name = host_interface;
  settings.bridge = host_side;
  settings.peer_name = endpoint.interface;
  settings.peer_index = endpoint.index;
  settings.peer_mac = endpoint.mac;
  settings.mtu = network.mtu;
  settings.ipv6 = exists_at(AT_FDCWD, "/proc/sys/net/ipv6");
  settings.peer_namespace = endpoint.container_namespace;
  settings.isolated = network.isolated;
  out.pid_place = linux::add_veth(out.messages, settings);
  return out;
}

NetlinkMessages configure_endpoint(const Network& network, const Endpoint& endpoint) {
  NetlinkMessages out;
  linux::set_link_up(out, endpoint.index);
  for (const IpAddress& address : endpoint.addresses) {
    for (const Subnet& subnet : network.subnets) {
      if (!subnet.prefix.contains(address)) continue;
      linux::add_address(out, endpoint.index, address, subnet.prefix.length);
    }
  }
  // Docker's lengths.
  for (const IpAddress& address : endpoint.link_local) {
    linux::add_address(out, endpoint.index, address, address.is_v6() ? 64 : 16);
  }
  for (const Subnet& subnet : network.subnets) {
    const bool leads_out = subnet.gateway.is_v6() ? endpoint.leads_out6 : endpoint.leads_out4;
    if (leads_out) linux::add_default_route(out, endpoint.index, subnet.gateway);
  }
  return out;
}

}  // namespace minidock::network
