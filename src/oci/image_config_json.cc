#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "oci/image_config.h"
#include "oci/json_fields.h"

// Key names are those of image-spec config.md; Healthcheck, OnBuild and Shell are docker's additions to it.
namespace minidock::oci {

namespace {

using nlohmann::json;
constexpr const char* kDocument = "image config";

// Go writes a set as an object of empty objects.
json to_set(const std::vector<std::string>& names) {
  json set = json::object();
  for (const std::string& name : names) set[name] = json::object();
  return set;
}

json to_value(const HealthCheck& check) {
  json out = json::object();
  put(out, "Test", check.test);
  put(out, "Interval", check.interval);
  put(out, "Timeout", check.timeout);
  put(out, "StartPeriod", check.start_period);
  put(out, "StartInterval", check.start_interval);
  put(out, "Retries", check.retries);
  return out;
}

// An empty entrypoint is written, an absent one is not: the one resets what a base image said.
json to_value(const ContainerDefaults& config) {
  json out = json::object();
  put(out, "User", config.user);
  put(out, "Env", config.env);
  put(out, "Entrypoint", config.entrypoint);
  put(out, "Cmd", config.cmd);
  put_if_any(out, "Volumes", to_set(config.volumes));
  put_if_any(out, "ExposedPorts", to_set(config.exposed_ports));
  put(out, "WorkingDir", config.working_dir);
  put(out, "Labels", config.labels);
  put(out, "StopSignal", config.stop_signal);
  if (config.health_check) out["Healthcheck"] = to_value(*config.health_check);
  put(out, "OnBuild", config.on_build);
  put(out, "Shell", config.shell);
  return out;
}

json to_value(const History& history) {
  json out = json::object();
  put(out, "created", history.created);
  put(out, "created_by", history.created_by);
  put(out, "comment", history.comment);
  put(out, "author", history.author);
  put(out, "empty_layer", history.empty_layer);
  return out;
}

HealthCheck read_health_check(const JsonReader& from) {
  HealthCheck check;
  from.read("Test", check.test);
  from.read("Interval", check.interval);
  from.read("Timeout", check.timeout);
  from.read("StartPeriod", check.start_period);
  from.read("StartInterval", check.start_interval);
  from.read("Retries", check.retries);
  return check;
}

bool holds(std::string_view text, std::string_view letters) {
  return text.find_first_of(letters) != std::string_view::npos;
}

// security: these texts become environment, paths and lines of files in a container; a NUL would cut
// them short after they were checked, a line break would start a line of its own.
void require_plain_texts(const JsonReader& from, const ContainerDefaults& config) {
  constexpr std::string_view kNul("\0", 1);
  constexpr std::string_view kBreaks("\0\n\r", 3);
  if (holds(config.user, kBreaks)) from.fail("User", "holds a line break or a NUL byte");
  if (holds(config.working_dir, kBreaks)) from.fail("WorkingDir", "holds a line break or a NUL byte");
  if (holds(config.stop_signal, kBreaks)) from.fail("StopSignal", "holds a line break or a NUL byte");
  for (const std::string& volume : config.volumes) {
    if (holds(volume, kBreaks)) from.fail("Volumes", "holds a line break or a NUL byte");
  }
  for (const std::string& variable : config.env) {
    const std::string_view name = std::string_view(variable).substr(0, variable.find('='));
    const bool one_line = name == "HOME" || name == "PATH";
    if (holds(name, kBreaks) || holds(variable, one_line ? kBreaks : kNul)) {
      from.fail("Env", cat("variable ", printable(name), " holds a line break or a NUL byte"));
    }
  }
  for (const auto* words : {&config.entrypoint, &config.cmd}) {
    for (const std::string& word : words->value_or(std::vector<std::string>())) {
      if (holds(word, kNul)) from.fail("Cmd", "holds a NUL byte");
    }
  }
}

ContainerDefaults read_defaults(const JsonReader& from) {
  ContainerDefaults config;
  from.read("User", config.user);
  from.read("Env", config.env);
  from.read("Entrypoint", config.entrypoint);
  from.read("Cmd", config.cmd);
  config.volumes = from.keys("Volumes");
  config.exposed_ports = from.keys("ExposedPorts");
  from.read("WorkingDir", config.working_dir);
  from.read("Labels", config.labels);
  from.read("StopSignal", config.stop_signal);
  if (const auto check = from.find("Healthcheck")) config.health_check = read_health_check(*check);
  from.read("OnBuild", config.on_build);
  from.read("Shell", config.shell);
  require_plain_texts(from, config);
  return config;
}

std::vector<DiffId> read_diff_ids(const JsonReader& from) {
  std::vector<DiffId> out;
  std::string type;
  std::vector<std::string> texts;
  from.read("type", type);
  // spec: config.md: an implementation must refuse any other type.
  if (type != "layers") from.fail("type", "expected \"layers\"");
  from.read("diff_ids", texts);
  for (const std::string& text : texts) {
    const auto digest = Digest::parse(text);
    if (!digest) from.fail("diff_ids", cat(printable(text.substr(0, 80)), " is not a SHA-256 digest"));
    out.push_back(DiffId{*digest});
  }
  return out;
}

History read_history(const JsonReader& from) {
  History history;
  from.read("created", history.created);
  from.read("created_by", history.created_by);
  from.read("comment", history.comment);
  from.read("author", history.author);
  from.read("empty_layer", history.empty_layer);
  return history;
}

}  // namespace

std::string to_json(const ImageConfig& config) {
  json out = json::object();
  put(out, "created", config.created);
  put(out, "author", config.author);
  out["architecture"] = config.architecture;
  out["os"] = config.os;
  put(out, "variant", config.variant);
  out["config"] = to_value(config.config);
  json diff_ids = json::array();
  for (const DiffId& diff_id : config.diff_ids) diff_ids.push_back(diff_id.text());
  out["rootfs"] = {{"type", "layers"}, {"diff_ids", std::move(diff_ids)}};
  json history = json::array();
  for (const History& entry : config.history) history.push_back(to_value(entry));
  put_if_any(out, "history", std::move(history));
  return dump_json(out);
}

ImageConfig parse_image_config(std::string_view text) {
  const json document = parse_json(text, kDocument, ErrorKind::corrupt);
  const JsonReader from(document, kDocument, ErrorKind::corrupt);
  ImageConfig config;
  from.read("created", config.created);
  from.read("author", config.author);
  from.read("architecture", config.architecture);
  from.read("os", config.os);
  from.read("variant", config.variant);
  if (const auto defaults = from.find("config")) config.config = read_defaults(*defaults);
  const auto rootfs = from.find("rootfs");
  if (!rootfs) from.fail("rootfs", "is missing");
  config.diff_ids = read_diff_ids(*rootfs);
  for (const JsonReader& entry : from.list("history")) config.history.push_back(read_history(entry));
  return config;
}

std::string to_json(const ContainerDefaults& config) {
  return dump_json(to_value(config));
}

ContainerDefaults parse_container_defaults(std::string_view text) {
  const json document = parse_json(text, kDocument, ErrorKind::corrupt);
  return read_defaults(JsonReader(document, kDocument, ErrorKind::corrupt));
}

}  // namespace minidock::oci
