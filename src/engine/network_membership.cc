#include "engine/network_membership.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "engine/address_leasing.h"

namespace minidock::engine {

namespace {

constexpr const char* kNameOption = "com.docker.network.endpoint.ifname";
constexpr const char* kSysctlOption = "com.docker.network.endpoint.sysctls";

linux::MacAddress mac_of_endpoint(const Membership& one) {
  if (one.option.mac.empty()) return network::mac_of(one.endpoint.addresses.at(0));
  const auto mac = linux::parse_mac(one.option.mac);
  if (!mac) throw_error(ErrorKind::invalid, "invalid MAC address: ", printable(one.option.mac));
  return *mac;
}

std::string value_in(const std::map<std::string, std::string>& options, const char* key) {
  const auto found = options.find(key);
  return found == options.end() ? "" : found->second;
}

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string interface_name(const NetworkOption& option, const std::string& prefix,
                           const std::vector<std::string>& taken) {
  const std::string wanted = value_in(option.driver_options, kNameOption);
  if (!wanted.empty()) {
    if (!contains(taken, wanted)) return wanted;
    throw_error(ErrorKind::conflict, "the container has an interface ", wanted, " already");
  }
  for (size_t number = 0;; ++number) {
    const std::string name = cat(prefix.empty() ? "eth" : prefix, number);
    if (!contains(taken, name)) return name;
  }
}

// "net.ipv4.conf.IFNAME.log_martians=1,...": the word stands for the interface, and no other is to be named. Throws
// invalid, in docker's words.
std::map<std::string, std::string> endpoint_sysctls(const NetworkOption& option, const std::string& interface) {
  constexpr std::string_view kInterface = "IFNAME";
  std::map<std::string, std::string> out;
  const std::string text = value_in(option.driver_options, kSysctlOption);
  if (text.empty()) return out;
  for (const std::string& setting : split(text, ',')) {
    const std::vector<std::string> sides = split(setting, '=');
    const std::vector<std::string> parts = split(sides[0], '.');
    const bool good = sides.size() == 2 && parts.size() == 5 && parts[0] == "net" && parts[3] == kInterface &&
                      (parts[2] == "conf" || parts[2] == "neigh") && sides[0].find('/') == std::string::npos;
    if (!good) {
      throw_error(ErrorKind::invalid, "unrecognised network interface sysctl '", printable(setting),
                  "'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'");
    }
    out[cat("net.", parts[1], ".", parts[2], ".", interface, ".", parts[4])] = sides[1];
  }
  return out;
}

std::vector<linux::IpAddress> link_local_addresses(const NetworkOption& option) {
  std::vector<linux::IpAddress> out;
  for (const std::string& text : option.link_local) {
    const auto address = linux::parse_ip(text);
    if (!address) throw_error(ErrorKind::invalid, "invalid link local IP address ", printable(text));
    out.push_back(*address);
  }
  return out;
}

}  // namespace

void check_option(const network::Network& network, const NetworkOption& option) {
  for (const std::string* text : {&option.ipv4, &option.ipv6}) {
    if (text->empty()) continue;
    for (const network::Subnet& subnet : network.subnets) {
      if (subnet.gateway.is_v6() == (text == &option.ipv6)) network::usable_address(subnet, *text);
    }
  }
  link_local_addresses(option);
  endpoint_sysctls(option, "eth0");
  const std::string name = value_in(option.driver_options, kNameOption);
  if (!name.empty() && !linux::is_interface_name(name)) {
    throw_error(ErrorKind::invalid, "option ", kNameOption, ": ", printable(name), " is no name for an interface");
  }
}

Membership load_membership(store::Store& store, const NetworkOption& option, const std::vector<std::string>& taken) {
  Membership out{load_network(store, option.network), option, 0, {}};
  check_option(out.view.network, option);
  out.endpoint.interface = interface_name(option, value_in(out.view.network.options, kPrefixOption), taken);
  out.endpoint.link_local = link_local_addresses(option);
  return out;
}

std::vector<Membership> load_memberships(store::Store& store, const ContainerConfig& config) {
  std::vector<Membership> out;
  std::vector<std::string> taken = {"lo"};
  for (const NetworkOption& option : config.networks) {
    out.push_back(load_membership(store, option, taken));
    taken.push_back(out.back().endpoint.interface);
    out.back().endpoint.index = kFirstInterfaceIndex + static_cast<uint32_t>(out.size()) - 1;
  }
  return out;
}

void ensure_host_sides(std::vector<Membership>& memberships) {
  linux::NetlinkSocket routes = linux::NetlinkSocket::open(NETLINK_ROUTE);
  for (Membership& one : memberships) one.host_side = network::ensure_host_side(routes, one.view.network);
}

void lease(store::LeaseBook& book, Membership& one, const std::string& container,
           std::vector<store::PortLease>& stale) {
  one.endpoint.addresses = lease_addresses(book, one.view.network, one.option, container);
  one.endpoint.mac = mac_of_endpoint(one);
  for (const linux::IpAddress& address : one.endpoint.addresses) {
    for (store::PortLease& old : book.find_stale(std::string(address.view()))) stale.push_back(std::move(old));
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
  out.driver = one.view.driver;
  out.interface = one.endpoint.interface;
  out.mac = linux::to_text(one.endpoint.mac);
  out.aliases = one.option.aliases;
  out.index = one.endpoint.index;
  out.priority = one.option.priority;
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

void choose_ways_out(std::vector<Membership>& memberships, const NetworkRecord& record) {
  for (const bool v6 : {false, true}) {
    const EndpointRecord* way = find_way_out(record, v6);
    for (Membership& one : memberships) {
      bool& leads_out = v6 ? one.endpoint.leads_out6 : one.endpoint.leads_out4;
      leads_out = way != nullptr && way->network_id == one.view.network.id;
    }
  }
}

std::string host_address(const std::vector<Membership>& memberships) {
  for (const Membership& one : memberships) {
    if (one.endpoint.leads_out4) return value_in(one.view.network.options, kHostAddressOption);
  }
  return "";
}

std::vector<linux::IpAddress> published_addresses(const NetworkRecord& record) {
  std::vector<linux::IpAddress> out;
  for (const bool v6 : {false, true}) {
    const EndpointRecord* way = find_published(record, v6);
    if (way != nullptr) out.push_back(linux::parse_ip(v6 ? way->ipv6 : way->ipv4).value());
  }
  return out;
}

std::map<std::string, std::string> interface_settings(const Membership& one) {
  const std::string& interface = one.endpoint.interface;
  const bool v6 = one.view.network.has_v6();
  std::map<std::string, std::string> out = endpoint_sysctls(one.option, interface);
  // No address that nobody gave it, and no route or address that a neighbour tells of.
  out.try_emplace(cat("net.ipv6.conf.", interface, v6 ? ".accept_ra" : ".disable_ipv6"), v6 ? "0" : "1");
  return out;
}

std::string wire_name(const Membership& one) {
  return network::wire_name(one.host_side, one.endpoint);
}

void discard_stale_wire(const Membership& one) {
  if (one.view.network.is_macvlan()) return;  // whose interfaces are in the containers alone
  linux::NetlinkSocket routes = linux::NetlinkSocket::open(NETLINK_ROUTE);
  network::remove_wire(routes, wire_name(one));
}

Wire wire_of(const Membership& one) {
  const network::Network& network = one.view.network;
  const std::string& interface = one.endpoint.interface;
  network::HostMessages wire = network::connect_endpoint(network, one.host_side, one.endpoint, wire_name(one));
  Wire out;
  out.host = {cat("make ", interface, ", a wire to network ", network.name),
              !network.parent.empty()
                  ? std::string("a macvlan interface, with a MAC address of its own beside the host's")
                  : cat("a veth pair: one end is a port of the bridge ", network.bridge, ", the other the container's"),
              NETLINK_ROUTE, wire.messages.bytes(), static_cast<int64_t>(wire.pid_place)};
  out.own = {cat("set up ", interface), "its addresses, and the routes by the network's gateway", NETLINK_ROUTE,
             network::configure_endpoint(network, one.endpoint).bytes(), -1};
  out.settings = interface_settings(one);
  return out;
}

}  // namespace minidock::engine
