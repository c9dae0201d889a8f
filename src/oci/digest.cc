#include "oci/digest.h"

#include "base/text.h"

namespace minidock::oci {

namespace {

constexpr std::string_view kAlgorithm = "sha256:";

uint8_t nibble(char digit) {
  return static_cast<uint8_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

}  // namespace

std::optional<Digest> Digest::parse(std::string_view text) {
  if (!text.starts_with(kAlgorithm)) return std::nullopt;
  return parse_hex(text.substr(kAlgorithm.size()));
}

std::optional<Digest> Digest::parse_hex(std::string_view text) {
  std::array<uint8_t, 32> bytes;
  if (text.size() != 2 * bytes.size() || !is_hex(text)) return std::nullopt;
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(nibble(text[2 * i]) << 4 | nibble(text[2 * i + 1]));
  }
  return Digest(bytes);
}

std::string Digest::hex() const {
  return to_hex(bytes_.data(), bytes_.size());
}
std::string Digest::text() const {
  return cat(kAlgorithm, hex());
}

}  // namespace minidock::oci
