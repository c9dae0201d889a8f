// Addresses of IPv4 and IPv6, and the networks that they lie in.
// Sources: RFC 4632 (prefixes), RFC 5952 (text of IPv6), inet_pton(3).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace minidock::linux {

// Bytes in network order; of IPv4 the first four.
struct IpAddress {
  int family = 0;  // AF_INET, AF_INET6
  std::array<uint8_t, 16> bytes = {};

  bool is_v6() const;
  size_t size() const { return is_v6() ? 16 : 4; }
  unsigned bits() const { return static_cast<unsigned>(size()) * 8; }
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), size()}; }
  bool is_any() const;       // 0.0.0.0, ::
  bool is_loopback() const;  // 127.0.0.0/8, ::1
  auto operator<=>(const IpAddress&) const = default;
};

// nullopt for all but one address of either kind, without brackets, prefix or zone.
std::optional<IpAddress> parse_ip(std::string_view text);
std::string to_text(const IpAddress& address);
// Of netlink: 4 or 16 bytes. nullopt for another size.
std::optional<IpAddress> ip_of_bytes(std::string_view bytes);

// `address` and what comes `offset` after it; nullopt at the end of all addresses.
std::optional<IpAddress> advance(const IpAddress& address, uint64_t offset);

// A network: the bits of `address` behind `length` are 0.
struct IpPrefix {
  IpAddress address;
  unsigned length = 0;

  bool contains(const IpAddress& other) const;
  bool overlaps(const IpPrefix& other) const;
  IpAddress first() const { return address; }
  IpAddress last() const;        // all bits behind the length set
  uint64_t last_offset() const;  // last() less first(); 2^64-1 where it is more
  auto operator<=>(const IpPrefix&) const = default;
};

IpPrefix make_prefix(const IpAddress& address, unsigned length);  // bits behind the length are cleared
// "10.1.0.0/16": nullopt for what is no such text; bits behind the length are kept out of the prefix and handed back in
// `given`, if that is asked for.
std::optional<IpPrefix> parse_prefix(std::string_view text, IpAddress* given = nullptr);
std::string to_text(const IpPrefix& prefix);

}  // namespace minidock::linux
