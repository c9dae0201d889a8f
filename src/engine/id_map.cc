#include "engine/id_map.h"

#include <cstdint>
#include <optional>

#include "base/error.h"
#include "base/text.h"

namespace minidock::engine {

namespace {

[[noreturn]] void refuse(const std::string& text, std::string_view why) {
  throw_error(ErrorKind::invalid, "invalid idmap '", printable(text), "': ", why);
}

oci::IdMapping parse_range(const std::string& whole, const std::string& text) {
  constexpr int64_t kIds = int64_t{UINT32_MAX} + 1;
  const std::vector<std::string> parts = split(text, '-');
  int64_t numbers[3] = {};
  for (size_t i = 0; i < 3; ++i) {
    const std::optional<int64_t> number = parts.size() == 3 ? parse_int(parts[i]) : std::nullopt;
    if (!number || *number < 0 || *number >= kIds) refuse(whole, "a range is FROM-TO-COUNT");
    numbers[i] = *number;
  }
  if (numbers[2] == 0 || numbers[0] + numbers[2] > kIds || numbers[1] + numbers[2] > kIds) {
    refuse(whole, "a range has at least one id, and ids end at 4294967295");
  }
  return {static_cast<uint32_t>(numbers[0]), static_cast<uint32_t>(numbers[1]), static_cast<uint32_t>(numbers[2])};
}

}  // namespace

IdMaps parse_id_maps(const std::string& text) {
  if (text == "idmap") {
    throw_error(ErrorKind::unsupported,
                "idmap alone takes the map of the container's user namespace, and it shares the host's; write "
                "idmap=uids=FROM-TO-COUNT;gids=FROM-TO-COUNT");
  }
  IdMaps maps;
  for (const std::string& part : split(text, ';')) {
    const size_t equals = part.find('=');
    const std::string kind = part.substr(0, equals);
    if (equals == std::string::npos || (kind != "uids" && kind != "gids")) refuse(text, "it is uids=… and gids=…");
    std::vector<oci::IdMapping>& map = kind == "uids" ? maps.users : maps.groups;
    for (const std::string& range : split(std::string_view(part).substr(equals + 1), '#')) {
      if (range.starts_with('@')) refuse(text, "@ is of a user namespace of the container's, which it has not");
      map.push_back(parse_range(text, range));
    }
  }
  if (maps.users.empty()) maps.users = maps.groups;
  if (maps.groups.empty()) maps.groups = maps.users;
  return maps;
}

}  // namespace minidock::engine
