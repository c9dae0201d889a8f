// Which addresses a network gets, and which of them its containers.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "linux/ip_address.h"

namespace minidock::network {

// A range of addresses that networks are cut from, `length` bits each.
struct AddressPool {
  linux::IpPrefix base;
  unsigned length = 24;
};

// Private addresses (RFC 1918) that home routers, VPNs and other engines seldom have.
const std::vector<AddressPool>& default_pools();

// The first network of the pools that no prefix in `used` overlaps; nullopt where all do.
std::optional<linux::IpPrefix> choose_subnet(const std::vector<AddressPool>& pools,
                                             const std::vector<linux::IpPrefix>& used);

// fd00::/8 with forty random bits: RFC 4193's local addresses, which nobody else has.
linux::IpPrefix make_local_v6_subnet();

struct Subnet {
  linux::IpPrefix prefix;
  linux::IpAddress gateway;                          // the bridge's own address
  std::optional<linux::IpPrefix> range;              // containers get theirs from here
  std::map<std::string, linux::IpAddress> reserved;  // by name; no container gets them

  bool operator==(const Subnet&) const = default;
};

// `text` as an address of the subnet that a container may have. Throws invalid, saying why not.
linux::IpAddress usable_address(const Subnet& subnet, const std::string& text);

// The first address behind `last` that is not taken, beginning again at the range's end: an address is not used again
// soon after its container has gone, so that nobody's memory of it misleads. nullopt: all are taken.
std::optional<linux::IpAddress> next_address(const Subnet& subnet, const std::optional<linux::IpAddress>& last,
                                             const std::function<bool(const linux::IpAddress&)>& is_taken);

}  // namespace minidock::network
