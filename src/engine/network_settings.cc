#include "engine/network_settings.h"

#include <net/if.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace minidock::engine {

using linux::IpAddress;
using linux::IpPrefix;

namespace {

constexpr const char* kBridgeOption = "com.docker.network.bridge.name";
constexpr const char* kMasqueradeOption = "com.docker.network.bridge.enable_ip_masquerade";
constexpr const char* kBetweenOption = "com.docker.network.bridge.enable_icc";
constexpr const char* kMtuOption = "com.docker.network.driver.mtu";
constexpr const char* kParentOption = "parent";
constexpr const char* kModeOption = "macvlan_mode";

IpPrefix parse_subnet(const std::string& text) {
  IpAddress given;
  const auto prefix = linux::parse_prefix(text, &given);
  if (!prefix) throw_error(ErrorKind::invalid, "invalid subnet ", printable(text), ": write it as 10.1.2.0/24");
  if (given != prefix->address) {
    throw_error(ErrorKind::invalid, "invalid subnet ", text, ": it should be ", to_text(*prefix));
  }
  if (prefix->address.bits() - prefix->length < 2) {
    throw_error(ErrorKind::invalid, "invalid subnet ", text, ": it has no room for a gateway and a container");
  }
  return *prefix;
}

IpAddress parse_address(const std::string& text, std::string_view what) {
  const auto address = linux::parse_ip(text);
  if (!address) throw_error(ErrorKind::invalid, "invalid ", what, " address: ", printable(text));
  return *address;
}

// The subnet that has an address given for it.
network::Subnet& subnet_with(std::vector<network::Subnet>& subnets, const IpAddress& address, std::string_view what,
                             const std::string& text) {
  for (network::Subnet& subnet : subnets) {
    if (subnet.prefix.contains(address)) return subnet;
  }
  throw_error(ErrorKind::invalid, "no matching subnet for ", what, " ", text);
}

void refuse_overlap(const IpPrefix& prefix, const std::vector<IpPrefix>& taken) {
  for (const IpPrefix& other : taken) {
    if (other.address.family != prefix.address.family || !other.overlaps(prefix)) continue;
    throw_error(ErrorKind::conflict, "Pool overlaps with other one on this address space: ", to_text(prefix),
                " is used by the host or another network as ", to_text(other));
  }
}

std::vector<network::AddressPool> pools_of(const NetworkSettings& settings) {
  if (settings.pools.empty()) return network::default_pools();
  std::vector<network::AddressPool> out;
  for (const auto& [base, length] : settings.pools) {
    const auto prefix = linux::parse_prefix(base);
    if (!prefix || length < 0) throw_error(ErrorKind::invalid, "no pool of addresses: ", printable(base));
    out.push_back({*prefix, static_cast<unsigned>(length)});
  }
  return out;
}

network::Subnet subnet_of(const IpPrefix& prefix) {
  return {prefix, linux::advance(prefix.first(), 1).value(), {}, {}};
}

void add_subnets(const NetworkSettings& settings, const std::vector<IpPrefix>& taken, network::Network& network) {
  std::vector<IpPrefix> all = taken;
  for (const std::string& text : settings.subnets) {
    const IpPrefix prefix = parse_subnet(text);
    refuse_overlap(prefix, all);
    all.push_back(prefix);
    network.subnets.push_back(subnet_of(prefix));
  }
  const auto has = [&](bool v6) {
    return std::any_of(network.subnets.begin(), network.subnets.end(),
                       [&](const network::Subnet& subnet) { return subnet.prefix.address.is_v6() == v6; });
  };
  if (!settings.ipv4.value_or(true) && has(false)) {
    throw_error(ErrorKind::invalid, "an IPv4 subnet was given, and --ipv4=false");
  }
  if (settings.ipv4.value_or(true) && !has(false)) network.subnets.push_back(free_subnet(taken, pools_of(settings)));
  if (settings.ipv6.value_or(false) && !has(true)) {
    network.subnets.push_back(subnet_of(network::make_local_v6_subnet()));
  }
  if (network.subnets.empty()) throw_error(ErrorKind::invalid, "IPv4 or IPv6 must be enabled");
  std::stable_sort(network.subnets.begin(), network.subnets.end(), [](const auto& one, const auto& other) {
    return one.prefix.address.is_v6() < other.prefix.address.is_v6();
  });
  for (size_t at = 1; at < network.subnets.size(); ++at) {
    if (network.subnets[at].prefix.address.family != network.subnets[at - 1].prefix.address.family) continue;
    throw_error(ErrorKind::invalid, "bridge driver doesn't support multiple subnets of one family");
  }
}

void refine_subnets(const NetworkSettings& settings, network::Network& network) {
  for (const std::string& text : settings.gateways) {
    const IpAddress address = parse_address(text, "gateway");
    subnet_with(network.subnets, address, "gateway", text).gateway = address;
  }
  for (const std::string& text : settings.ranges) {
    const auto range = linux::parse_prefix(text);
    if (!range) throw_error(ErrorKind::invalid, "invalid ip-range ", printable(text), ": write it as 10.1.2.128/25");
    network::Subnet& subnet = subnet_with(network.subnets, range->first(), "range", text);
    if (range->length < subnet.prefix.length) throw_error(ErrorKind::invalid, "no matching subnet for range ", text);
    subnet.range = *range;
  }
  for (const auto& [name, text] : settings.reserved) {
    const IpAddress address = parse_address(text, "auxiliary");
    subnet_with(network.subnets, address, "aux-address", text).reserved[name] = address;
  }
}

void check_interface(const std::string& name) {
  if (linux::is_interface_name(name)) return;
  throw_error(ErrorKind::invalid, "option ", kBridgeOption, ": ", printable(name),
              " is no name for an interface: at most ", IFNAMSIZ - 1, " letters");
}

bool bool_option(const std::string& key, const std::string& value) {
  const auto out = parse_bool(value);
  if (!out) throw_error(ErrorKind::invalid, "option ", key, ": ", printable(value), " is neither true nor false");
  return *out;
}

void read_options(const NetworkSettings& settings, network::Network& network) {
  for (const auto& [key, value] : settings.options) {
    if (key == kBridgeOption) {
      check_interface(value);
      network.bridge = value;
    } else if (key == kMasqueradeOption) {
      network.masquerade = bool_option(key, value);
    } else if (key == kBetweenOption) {
      network.isolated = !bool_option(key, value);
    } else if (key == kHostAddressOption) {
      usual_address(value);
    } else if (key == kMtuOption) {
      const auto mtu = parse_int(value);
      if (!mtu || *mtu < 68 || *mtu > 65535) {
        throw_error(ErrorKind::invalid, "option ", key, ": ", printable(value), " is no number from 68 to 65535");
      }
      network.mtu = static_cast<uint32_t>(*mtu);
    }
  }
}

// What has no parent has nobody who leads out: as docker's.
void read_macvlan(const NetworkSettings& settings, network::Network& network) {
  const auto option = [&](const char* key) {
    const auto found = settings.options.find(key);
    return found == settings.options.end() ? std::string() : found->second;
  };
  network.parent = option(kParentOption);
  network.macvlan_mode = option(kModeOption).empty() ? "bridge" : option(kModeOption);
  if (!linux::is_macvlan_mode(network.macvlan_mode)) {
    throw_error(ErrorKind::invalid, "requested macvlan mode '", printable(network.macvlan_mode),
                "' is not valid, 'bridge' mode is the macvlan driver default");
  }
  if (network.parent == "lo") {
    throw_error(ErrorKind::invalid, "loopback interface is not a valid macvlan parent link");
  }
  if (network.parent.empty()) {
    network.bridge = "dm-" + network.id.substr(0, 12);
    network.internal = true;
    return;
  }
  network.bridge.clear();
  linux::NetlinkSocket routes = linux::NetlinkSocket::open(NETLINK_ROUTE);
  if (linux::is_interface_name(network.parent) && linux::find_link(routes, network.parent)) return;
  throw_error(ErrorKind::not_found, "there is no interface ", printable(network.parent),
              " for the network's parent; ip link shows what there is");
}

// Docker's rule for all its names.
void check_name(const std::string& name) {
  if (is_plain_name(name) && name.size() < 64) return;
  throw_error(ErrorKind::invalid, "invalid network name \"", printable(name),
              "\": only [a-zA-Z0-9][a-zA-Z0-9_.-]* is allowed, at most 63 letters");
}

}  // namespace

std::string usual_address(const std::string& text) {
  const auto address = linux::parse_ip(text);
  if (!address) throw_error(ErrorKind::invalid, "invalid IP address: ", printable(text));
  return to_text(*address);
}

bool is_mac_address(const std::string& text) {
  return linux::parse_mac(text).has_value();
}

std::string bridge_name(const std::string& id) {
  return "md-" + id.substr(0, 12);
}

network::Subnet free_subnet(const std::vector<IpPrefix>& taken, const std::vector<network::AddressPool>& pools) {
  const auto prefix = network::choose_subnet(pools, taken);
  if (!prefix) {
    throw_error(ErrorKind::exhausted, "all predefined address pools have been fully subnetted: give one with --subnet");
  }
  return subnet_of(*prefix);
}

network::Network network_of(const NetworkSettings& settings, const std::vector<IpPrefix>& taken,
                            const std::string& id) {
  check_name(settings.name);
  if (settings.driver != "bridge" && settings.driver != "macvlan") {
    throw_error(ErrorKind::unsupported, "could not find a network driver ", printable(settings.driver),
                ": there are bridge and macvlan, and the networks host and none");
  }
  network::Network out;
  out.name = settings.name;
  out.id = id;
  out.bridge = bridge_name(id);
  out.internal = settings.internal;
  out.options = settings.options;
  out.labels = settings.labels;
  add_subnets(settings, taken, out);
  refine_subnets(settings, out);
  read_options(settings, out);
  if (settings.driver == "macvlan") read_macvlan(settings, out);
  return out;
}

}  // namespace minidock::engine
