#include "linux/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/text.h"

namespace minidock::linux {

namespace {
// The bits of byte `at` that lie within a prefix of `length`.
uint8_t mask_of_byte(unsigned length, size_t at) {
  const auto before = static_cast<unsigned>(at) * 8;
  if (length >= before + 8) return 0xff;
  if (length <= before) return 0;
  return static_cast<uint8_t>(0xff << (8 - (length - before)));
}
}  // namespace

bool IpAddress::is_v6() const {
  return family == AF_INET6;
}

bool IpAddress::is_any() const {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_loopback() const {
  if (!is_v6()) return bytes[0] == 127;
  return bytes[15] == 1 && std::all_of(bytes.begin(), bytes.end() - 1, [](uint8_t byte) { return byte == 0; });
}

std::optional<IpAddress> parse_ip(std::string_view text) {
  IpAddress out;
  out.family = text.find(':') == std::string_view::npos ? AF_INET : AF_INET6;
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  if (inet_pton(out.family, std::string(text).c_str(), out.bytes.data()) != 1) return std::nullopt;
  return out;
}

std::string to_text(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(address.family, address.bytes.data(), text, sizeof text);
  return text;
}

std::optional<IpAddress> ip_of_bytes(std::string_view bytes) {
  if (bytes.size() != 4 && bytes.size() != 16) return std::nullopt;
  IpAddress out;
  out.family = bytes.size() == 4 ? AF_INET : AF_INET6;
  std::memcpy(out.bytes.data(), bytes.data(), bytes.size());
  return out;
}

std::optional<IpAddress> advance(const IpAddress& address, uint64_t offset) {
  IpAddress out = address;
  for (size_t at = out.size(); at > 0 && offset > 0; --at) {
    // A byte of the address and one of the offset, and what is carried joins the rest of the offset.
    const uint64_t sum = out.bytes[at - 1] + (offset & 0xff);
    out.bytes[at - 1] = static_cast<uint8_t>(sum);
    offset = (offset >> 8) + (sum >> 8);
  }
  if (offset > 0) return std::nullopt;
  return out;
}

bool IpPrefix::contains(const IpAddress& other) const {
  return other.family == address.family && make_prefix(other, length).address == address;
}

bool IpPrefix::overlaps(const IpPrefix& other) const {
  return contains(other.address) || other.contains(address);
}

IpAddress IpPrefix::last() const {
  IpAddress out = address;
  for (size_t at = 0; at < out.size(); ++at) out.bytes[at] |= static_cast<uint8_t>(~mask_of_byte(length, at));
  return out;
}

uint64_t IpPrefix::last_offset() const {
  const unsigned free = address.bits() - length;
  return free >= 64 ? std::numeric_limits<uint64_t>::max() : (uint64_t{1} << free) - 1;
}

IpPrefix make_prefix(const IpAddress& address, unsigned length) {
  IpPrefix out{address, length};
  for (size_t at = 0; at < address.size(); ++at) out.address.bytes[at] &= mask_of_byte(length, at);
  return out;
}

std::optional<IpPrefix> parse_prefix(std::string_view text, IpAddress* given) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_ip(text.substr(0, slash));
  const std::string_view digits = text.substr(slash + 1);
  const auto length = parse_int(digits);
  if (!address || !length || *length < 0 || *length > address->bits() || digits[0] == '-') return std::nullopt;
  if (given != nullptr) *given = *address;
  return make_prefix(*address, static_cast<unsigned>(*length));
}

std::string to_text(const IpPrefix& prefix) {
  return cat(to_text(prefix.address), "/", prefix.length);
}

}  // namespace minidock::linux
