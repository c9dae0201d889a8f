#include "network/subnets.h"

#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"

namespace minidock::network {

using linux::IpAddress;
using linux::IpPrefix;

namespace {

bool is_kept(const Subnet& subnet, const IpAddress& address) {
  if (address == subnet.gateway) return true;
  return std::any_of(subnet.reserved.begin(), subnet.reserved.end(),
                     [&](const auto& entry) { return entry.second == address; });
}

// The network's own address and, of IPv4, the broadcast address. A /31 and a /32 have neither (RFC 3021).
bool is_of_network(const IpPrefix& prefix, const IpAddress& address) {
  if (prefix.address.bits() - prefix.length < 2) return false;
  return address == prefix.first() || (!address.is_v6() && address == prefix.last());
}

// How far `address` lies behind the first of `range`, of which it is one; what is beyond 64 bits is left out.
uint64_t offset_in(const IpPrefix& range, const IpAddress& address) {
  uint64_t out = 0;
  for (size_t at = address.size() < 8 ? 0 : address.size() - 8; at < address.size(); ++at) {
    out = out << 8 | static_cast<uint8_t>(address.bytes[at] - range.address.bytes[at]);
  }
  return out;
}

}  // namespace

const std::vector<AddressPool>& default_pools() {
  static const std::vector<AddressPool> pools = {
      {linux::parse_prefix("172.28.0.0/14").value(), 24},
      {linux::parse_prefix("10.201.0.0/16").value(), 24},
      {linux::parse_prefix("192.168.192.0/18").value(), 24},
  };
  return pools;
}

std::optional<IpPrefix> choose_subnet(const std::vector<AddressPool>& pools, const std::vector<IpPrefix>& used) {
  for (const AddressPool& pool : pools) {
    if (pool.length < pool.base.length || pool.length > pool.base.address.bits()) continue;
    IpPrefix candidate{pool.base.address, pool.length};
    while (pool.base.contains(candidate.address)) {
      const auto clash = std::find_if(used.begin(), used.end(), [&](const IpPrefix& other) {
        return other.address.family == candidate.address.family && other.overlaps(candidate);
      });
      if (clash == used.end()) return candidate;
      // Behind the larger of the two: a /8 in use is passed over at once.
      const IpAddress end = std::max(clash->last(), candidate.last());
      auto next = linux::advance(end, 1);
      // A smaller one ends within a network of the pool, which then begins before `next`.
      if (next && linux::make_prefix(*next, pool.length).address != *next) {
        next = linux::advance(linux::make_prefix(*next, pool.length).last(), 1);
      }
      if (!next) break;
      candidate.address = *next;
    }
  }
  return std::nullopt;
}

IpPrefix make_local_v6_subnet() {
  IpAddress address;
  address.family = AF_INET6;
  const std::string random = random_hex(5);
  address.bytes[0] = 0xfd;
  for (size_t i = 0; i < 5; ++i) {
    address.bytes[i + 1] = static_cast<uint8_t>(std::stoul(random.substr(2 * i, 2), nullptr, 16));
  }
  return linux::make_prefix(address, 64);
}

IpAddress usable_address(const Subnet& subnet, const std::string& text) {
  const auto address = linux::parse_ip(text);
  if (!address) throw_error(ErrorKind::invalid, "invalid IP address: ", printable(text));
  if (!subnet.prefix.contains(*address)) {
    throw_error(ErrorKind::invalid, "address ", text, " is not in the network's subnet ", to_text(subnet.prefix));
  }
  if (is_of_network(subnet.prefix, *address) || is_kept(subnet, *address)) {
    throw_error(ErrorKind::invalid, "address ", text, " is kept for the network itself; its gateway is ",
                to_text(subnet.gateway));
  }
  return *address;
}

std::optional<IpAddress> next_address(const Subnet& subnet, const std::optional<IpAddress>& last,
                                      const std::function<bool(const IpAddress&)>& is_taken) {
  const IpPrefix range = subnet.range.value_or(subnet.prefix);
  const uint64_t size = range.last_offset();  // less 1
  const bool goes_on = last && range.contains(*last);
  const uint64_t begin = goes_on ? offset_in(range, *last) + 1 : 0;
  for (uint64_t i = 0;; ++i) {
    const uint64_t offset = size == UINT64_MAX ? begin + i : (begin + i) % (size + 1);
    const auto address = linux::advance(range.first(), offset);
    if (address && !is_of_network(subnet.prefix, *address) && !is_kept(subnet, *address) && !is_taken(*address)) {
      return address;
    }
    if (i == size) return std::nullopt;
  }
}

}  // namespace minidock::network
