#include "cli/view/event_line.h"

#include <algorithm>

#include "base/text.h"

namespace minidock::cli {

namespace {

std::string attribute(const oci::Event& event, const std::string& name) {
  const auto found = event.attributes.find(name);
  return found == event.attributes.end() ? "" : found->second;
}

// docker's field of that name is of containers alone.
std::string image_of(const oci::Event& event) {
  return event.type == "container" ? attribute(event, "image") : "";
}

Json actor(const oci::Event& event) {
  Json attributes = Json::object();
  for (const auto& [name, value] : event.attributes) attributes[name] = value;
  return {{"ID", event.id}, {"Attributes", attributes}};
}

std::string without_tag(const std::string& image) {
  const size_t colon = image.rfind(':');
  return colon == image.npos || image.find('/', colon) != image.npos ? image : image.substr(0, colon);
}

bool image_matches(const oci::Event& event, const std::string& wanted) {
  const std::string name = attribute(event, event.type == "image" ? "name" : "image");
  return wanted == event.id || wanted == name || wanted == without_tag(event.id) || wanted == without_tag(name);
}

// spec: moby daemon/events/filter.go: where one of these is asked for without its colon, beginnings count.
bool asks_for_beginnings(const Filters& filters) {
  const auto& wanted = filters.values("event");
  return std::any_of(wanted.begin(), wanted.end(), [](const std::string& action) {
    return action == "health_status" || action == "exec_create" || action == "exec_start";
  });
}

}  // namespace

std::string event_line(const oci::Event& event) {
  std::string attributes;
  for (const auto& [name, value] : event.attributes) {
    attributes += cat(attributes.empty() ? "" : ", ", printable(name), "=", printable(value));
  }
  return cat(rfc3339_fixed(event.time), " ", event.type, " ", printable(event.action), " ", printable(event.id),
             attributes.empty() ? "" : cat(" (", attributes, ")"));
}

Json event_json(const oci::Event& event) {
  Json json = Json::object();
  json["status"] = event.action;
  json["id"] = event.id;
  if (event.type == "container") json["from"] = image_of(event);
  json["Type"] = event.type;
  json["Action"] = event.action;
  json["Actor"] = actor(event);
  json["scope"] = "local";
  json["time"] = event.time / kSecond;
  json["timeNano"] = event.time;
  return json;
}

Json event_fields(const oci::Event& event) {
  return {{"Status", event.action}, {"ID", event.id},        {"From", image_of(event)}, {"Type", event.type},
          {"Action", event.action}, {"Actor", actor(event)}, {"Scope", "local"},        {"Time", event.time / kSecond},
          {"TimeNano", event.time}};
}

const std::vector<std::string_view>& event_filter_names() {
  // What has no events here is taken and matches none of them.
  static const std::vector<std::string_view> kNames = {"config", "container", "daemon", "event",  "image",
                                                       "label",  "network",   "node",   "plugin", "scope",
                                                       "secret", "service",   "type",   "volume"};
  return kNames;
}

bool event_matches(const oci::Event& event, const Filters& filters) {
  const bool beginnings = asks_for_beginnings(filters);
  const auto is_action = [&](const std::string& wanted) {
    return event.action == wanted || (beginnings && event.action.starts_with(wanted));
  };
  const auto is_type = [&](const std::string& wanted) { return event.type == wanted; };
  const auto is_scope = [](const std::string& wanted) { return wanted == "local"; };
  if (!filters.any("event", is_action) || !filters.any("type", is_type) || !filters.any("scope", is_scope))
    return false;
  const auto is_image = [&](const std::string& wanted) { return image_matches(event, wanted); };
  if (!filters.any("image", is_image) || !filters.labels_match(event.attributes)) return false;
  // As docker: by ID or name, or how they begin.
  const std::string name = attribute(event, "name");
  const auto is_actor = [&](const std::string& wanted) {
    return event.id.starts_with(wanted) || name.starts_with(wanted);
  };
  constexpr const char* kActors[] = {"config", "container", "daemon",  "network", "node",
                                     "plugin", "secret",    "service", "volume"};
  return std::all_of(std::begin(kActors), std::end(kActors),
                     [&](const char* kind) { return filters.any(kind, is_actor); });
}

}  // namespace minidock::cli
