#include "config/checks.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/text.h"

namespace minidock::config {

namespace {

// Bits of an address of its family; nullopt for a text that is none. Bytes of it in `bytes`.
std::optional<int> address_bits(const std::string& text, uint8_t (&bytes)[16]) {
  if (inet_pton(AF_INET, text.c_str(), bytes) == 1) return 32;
  if (inet_pton(AF_INET6, text.c_str(), bytes) == 1) return 128;
  return std::nullopt;
}

}  // namespace

void check_choice(const Value& value, std::initializer_list<std::string_view> choices) {
  if (std::find(choices.begin(), choices.end(), value.as_text()) != choices.end()) return;
  const std::vector<std::string> names(choices.begin(), choices.end());
  value.refuse(cat("choose one of ", join(names, ", ")));
}

void check_path(const Value& value) {
  const bool is_file = value.origin.source == Origin::Source::file;
  if (is_file && !value.text.starts_with('/')) value.refuse("an absolute path is wanted");
}

// Of the command line and the environment the store has its own say: its words name the option.
void check_storage_driver(const Value& value) {
  if (value.origin.source == Origin::Source::file) check_choice(value, {"overlay", "erofs"});
}

void check_network(const Value& value) {
  if (value.as_text().empty()) value.refuse("the name of a network is wanted: bridge, host, none or your own");
}

void check_address(const Value& value) {
  uint8_t bytes[16];
  if (!address_bits(value.text, bytes)) value.refuse("an IP address is wanted");
}

void check_address_pool(const Value& table, const AddressPool& pool) {
  const size_t slash = pool.base.find('/');
  uint8_t bytes[16] = {};
  const auto whole = address_bits(pool.base.substr(0, slash), bytes);
  const auto prefix = slash == std::string::npos ? std::nullopt : parse_int(pool.base.substr(slash + 1));
  if (!whole || !prefix || *prefix < 1 || *prefix > *whole) table.refuse("base must be a network: \"10.20.0.0/16\"");
  for (int64_t bit = *prefix; bit < *whole; ++bit) {
    if ((bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) table.refuse("base has bits set beyond its prefix");
  }
  // A network of one address or two has none for a container beside the gateway's.
  const int most = *whole - 2;
  if (pool.size < *prefix || pool.size > most) table.refuse(cat("size must be from ", *prefix, " to ", most));
}

}  // namespace minidock::config
