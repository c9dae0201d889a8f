// --log-driver and --log-opt: where a container's output goes, and how much of it is kept.
#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "engine/launching.h"
#include "engine/log_attributes.h"
#include "linux/journal.h"
#include "linux/journal_socket.h"

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

// What log_attributes.h looks at, and two that nothing depends on: the container never waits for its log.
bool is_of_all_drivers(const std::string& name) {
  constexpr std::string_view kNames[] = {"mode", "max-buffer-size", "labels", "labels-regex",
                                         "env",  "env-regex",       "tag"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

}  // namespace

void add_log(const store::ContainerRow& row, const ContainerConfig& config, monitor::LaunchRequest& request) {
  request.log = log_settings(config);
  request.log_extra = log_extra(row, config);
  if (request.log.format != monitor::LogFormat::journal || linux::Journal::is_there()) return;
  // Docker's words.
  throw_error(ErrorKind::unsupported,
              "failed to initialize logging driver: journald is not enabled on this host: ", "there is no ",
              linux::kJournalSocket, "; use another --log-driver");
}

monitor::LogSettings log_settings(const ContainerConfig& config) {
  monitor::LogSettings settings;
  if (config.log_driver == "none") return settings;
  const bool journal = config.log_driver == "journald";
  settings.format = config.log_driver == "json-file" ? monitor::LogFormat::json
                    : journal                        ? monitor::LogFormat::journal
                                                     : monitor::LogFormat::local;
  settings.max_size = kDefaultSize;
  settings.max_files = kDefaultFiles;
  settings.compress = true;
  for (const auto& [name, value] : config.log_options) {
    if (is_of_all_drivers(name)) continue;
    if (name == "max-size" && !journal) {
      settings.max_size = value == "-1" ? 0 : parse_log_size(value);
    } else if (name == "max-file" && !journal) {
      settings.max_files = parse_file_count(value);
    } else if (name == "compress" && !journal) {
      settings.compress = parse_log_flag(name, value);
    } else {
      throw_error(ErrorKind::invalid, "unknown log opt '", printable(name), "' for ", config.log_driver, " log driver");
    }
  }
  return settings;
}

}  // namespace minidock::engine
