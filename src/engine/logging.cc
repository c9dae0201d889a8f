// --log-driver and --log-opt: where a container's output goes, and how much of it is kept.
#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "engine/launching.h"

namespace minidock::engine {

namespace {

// Docker keeps a json-file without end, which fills disks; both drivers are bounded here.
constexpr uint64_t kDefaultSize = 10'000'000;
constexpr int kDefaultFiles = 3;

uint64_t parse_log_size(const std::string& text) {
  const auto size = parse_bytes(text);
  if (!size) throw_error(ErrorKind::invalid, "invalid size: '", printable(text), "'");
  return static_cast<uint64_t>(*size);
}

bool parse_log_flag(const std::string& name, const std::string& text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  throw_error(ErrorKind::invalid, "invalid value for log opt ", name, ": ", printable(text));
}

int parse_file_count(const std::string& text) {
  const auto count = parse_int(text);
  if (!count || *count < 1 || *count > 1000)
    throw_error(ErrorKind::invalid, "invalid value for log opt max-file: ", printable(text), ": from 1 to 1000");
  return static_cast<int>(*count);
}

// They choose what docker would add to each line; here the container has it.
bool is_accepted_and_void(const std::string& name) {
  constexpr std::string_view kNames[] = {"mode", "max-buffer-size", "labels", "labels-regex",
                                         "env",  "env-regex",       "tag"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

}  // namespace

monitor::LogSettings log_settings(const ContainerConfig& config) {
  monitor::LogSettings settings;
  if (config.log_driver == "none") return settings;
  settings.format = config.log_driver == "json-file" ? monitor::LogFormat::json : monitor::LogFormat::local;
  settings.max_size = kDefaultSize;
  settings.max_files = kDefaultFiles;
  settings.compress = true;
  for (const auto& [name, value] : config.log_options) {
    if (name == "max-size") {
      settings.max_size = value == "-1" ? 0 : parse_log_size(value);
    } else if (name == "max-file") {
      settings.max_files = parse_file_count(value);
    } else if (name == "compress") {
      settings.compress = parse_log_flag(name, value);
    } else if (!is_accepted_and_void(name)) {
      throw_error(ErrorKind::invalid, "unknown log opt '", printable(name), "' for ", config.log_driver, " log driver");
    }
  }
  return settings;
}

}  // namespace minidock::engine
