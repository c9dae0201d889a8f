#include "engine/volume_options.h"

#include <array>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"

namespace minidock::engine {

void check_volume_options(const std::string& volume, const VolumeOptions& options) {
  const auto refuse = [&volume](const auto&... parts) {
    throw_error(ErrorKind::invalid, "create ", printable(volume), ": ", parts...);
  };
  for (const auto& [key, value] : options) {
    if (key != "type" && key != "o" && key != "device" && key != "size") {
      refuse("invalid option: \"", printable(key), "\"");
    }
  }
  if (const auto size = options.find("size"); size != options.end()) {
    if (!parse_bytes(size->second)) refuse("invalid size: '", printable(size->second), "'");
    refuse("quota size requested but no quota support; of a tmpfs it is o=size=", printable(size->second));
  }
  constexpr std::array<std::array<const char*, 2>, 4> kNeeds = {
      {{"device", "type"}, {"type", "device"}, {"o", "device"}, {"o", "type"}}};
  for (const auto& [key, needed] : kNeeds) {
    if (options.count(key) != 0 && options.count(needed) == 0) refuse("missing required option: \"", needed, "\"");
  }
}

std::string to_json(const VolumeOptions& options) {
  return options.empty() ? "" : nlohmann::json(options).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

VolumeOptions parse_volume_options(const std::string& text) {
  if (text.empty()) return {};
  const auto json = nlohmann::json::parse(text, nullptr, false);
  try {
    return json.get<VolumeOptions>();
  } catch (const nlohmann::json::exception&) {
    throw_error(ErrorKind::corrupt, "read a volume's options: ", printable(text), " is not what this program writes");
  }
}

}  // namespace minidock::engine
