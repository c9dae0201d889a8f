// The health of one run, as JSON in its run directory.
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/health.h"
#include "oci/json_fields.h"

namespace minidock::engine {

namespace {

using nlohmann::json;
constexpr const char* kHealthDocument = "health record";
constexpr size_t kMostBytes = 1 << 20;  // five results of 4 KiB, each byte escaped

std::string path_of(const std::string& run_directory) {
  return run_directory + "/health";
}

// A file of another run, also one that comes late from a probe of it, says nothing about this one.
std::string run_id(const monitor::RunState& run) {
  return cat(run.pid, " ", run.start_time);
}

HealthStatus parse_status(std::string_view text) {
  for (const HealthStatus status : {HealthStatus::healthy, HealthStatus::unhealthy}) {
    if (text == health_name(status)) return status;
  }
  return HealthStatus::starting;
}

template <typename Result, typename Field>
void each_result_field(Result& result, Field field) {
  field("start", result.start);
  field("end", result.end);
  field("exit_code", result.exit_code);
  field("output", result.output);
}

Health parse_health(const oci::JsonReader& from) {
  Health health;
  std::string status;
  from.read("status", status);
  health.status = parse_status(status);
  from.read("failing_streak", health.failing_streak);
  from.read("action", health.action);
  for (const oci::JsonReader& entry : from.list("log")) {
    each_result_field(health.log.emplace_back(), [&](const char* key, auto& value) { entry.read(key, value); });
  }
  return health;
}

}  // namespace

std::optional<Health> find_health(const std::string& run_directory, const monitor::RunState& run) {
  const auto text = find_file_text(AT_FDCWD, path_of(run_directory), kMostBytes);
  if (!text) return std::nullopt;
  const json document = oci::parse_json(*text, kHealthDocument, ErrorKind::corrupt);
  const oci::JsonReader from(document, kHealthDocument, ErrorKind::corrupt);
  std::string of_run;
  from.read("run", of_run);
  if (of_run != run_id(run)) return std::nullopt;
  return parse_health(from);
}

void write_health(const std::string& run_directory, const monitor::RunState& run, const Health& health) {
  json out = {{"run", run_id(run)}, {"status", health_name(health.status)}, {"log", json::array()}};
  oci::put(out, "failing_streak", health.failing_streak);
  oci::put(out, "action", health.action);
  for (const ProbeResult& result : health.log) {
    json& entry = out["log"].emplace_back(json::object());
    each_result_field(result, [&](const char* key, const auto& value) { oci::put(entry, key, value); });
  }
  const std::string path = path_of(run_directory), draft = path + ".new";
  write_file(AT_FDCWD, draft, oci::dump_json(out));
  rename_at(AT_FDCWD, draft, AT_FDCWD, path);
}

}  // namespace minidock::engine
