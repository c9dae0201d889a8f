#include "engine/network_membership.h"

#include "base/error.h"
#include "base/text.h"
#include "engine/address_leasing.h"

namespace minidock::engine {

namespace {

// A container's network namespace may have links of the kernel's own making besides lo; ours come after those.
constexpr uint32_t kFirstIndex = 32;

linux::MacAddress mac_of_endpoint(const Membership& one) {
  if (one.option.mac.empty()) return network::mac_of(one.endpoint.addresses.at(0));
  const auto mac = linux::parse_mac(one.option.mac);
  if (!mac) throw_error(ErrorKind::invalid, "invalid MAC address: ", printable(one.option.mac));
  return *mac;
}

}  // namespace

std::vector<Membership> load_memberships(store::Store& store, const ContainerConfig& config) {
  std::vector<Membership> out;
  for (const NetworkOption& option : config.networks) {
    Membership one{load_network(store, option.network), option, 0, {}};
    one.endpoint.interface = cat("eth", out.size());
    one.endpoint.index = kFirstIndex + static_cast<uint32_t>(out.size());
    out.push_back(std::move(one));
  }
  // Docker's: the first that leads out is where the default routes go, and published ports lead to.
  for (Membership& one : out) {
    if (one.view.network.internal) continue;
    one.endpoint.is_gateway = true;
    break;
  }
  return out;
}

void lease(store::LeaseBook& book, Membership& one, const std::string& container,
           std::vector<store::PortLease>& stale) {
  one.endpoint.addresses = lease_addresses(book, one.view.network, one.option, container);
  one.endpoint.mac = mac_of_endpoint(one);
  for (const linux::IpAddress& address : one.endpoint.addresses) {
    for (store::PortLease& old : book.find_stale(container, std::string(address.view())))
      stale.push_back(std::move(old));
  }
}

void require_still_there(store::Store& store, const std::vector<Membership>& memberships) {
  for (const Membership& one : memberships) {
    const auto row = store.find_network(one.view.network.name);
    // race: removed since; whoever removes it from here on sees our leases.
    if (row && row->id == one.view.network.id) continue;
    throw_error(ErrorKind::not_found, "network ", one.view.network.name, " not found");
  }
}

EndpointRecord record_of(const Membership& one) {
  EndpointRecord out;
  out.network = one.view.network.name;
  out.network_id = one.view.network.id;
  out.interface = one.endpoint.interface;
  out.mac = linux::to_text(one.endpoint.mac);
  out.aliases = one.option.aliases;
  for (const linux::IpAddress& address : one.endpoint.addresses) {
    for (const network::Subnet& subnet : one.view.network.subnets) {
      if (!subnet.prefix.contains(address)) continue;
      (address.is_v6() ? out.ipv6 : out.ipv4) = to_text(address);
      (address.is_v6() ? out.prefix6 : out.prefix4) = subnet.prefix.length;
      if (!one.view.network.internal) (address.is_v6() ? out.gateway6 : out.gateway4) = to_text(subnet.gateway);
    }
  }
  return out;
}

Wire wire_of(const Membership& one) {
  const network::Network& network = one.view.network;
  const std::string& interface = one.endpoint.interface;
  network::HostMessages wire =
      network::connect_to_bridge(network, one.bridge, one.endpoint, network::wire_name(one.bridge, one.endpoint));
  Wire out;
  out.host = {cat("make ", interface, ", a wire to network ", network.name),
              cat("a veth pair: one end is a port of the bridge ", network.bridge, ", the other the container's"),
              NETLINK_ROUTE, wire.messages.bytes(), static_cast<int64_t>(wire.pid_place)};
  out.own = {cat("set up ", interface), "its addresses, and the routes by the network's gateway", NETLINK_ROUTE,
             network::configure_endpoint(network, one.endpoint).bytes(), -1};
  // No address that nobody gave it, and no route or address that a neighbour tells of.
  const std::string setting = cat("net.ipv6.conf.", interface, network.has_v6() ? ".accept_ra" : ".disable_ipv6");
  out.settings[setting] = network.has_v6() ? "0" : "1";
  return out;
}

}  // namespace minidock::engine
