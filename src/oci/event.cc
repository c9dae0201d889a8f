#include "oci/event.h"

#include <nlohmann/json.hpp>

#include "oci/json_fields.h"

namespace minidock::oci {

std::string to_json_members(const std::map<std::string, std::string>& attributes) {
  if (attributes.empty()) return "";
  const std::string object = dump_json(attributes);
  return object.substr(1, object.size() - 2);
}

// The order of the members is that of the helper's records, which looks for them (monitor/helper/events.cc).
std::string to_json(const Event& event) {
  return cat("{\"time\":", event.time, ",\"type\":", dump_json(event.type), ",\"action\":", dump_json(event.action),
             ",\"id\":", dump_json(event.id), ",\"attributes\":{", to_json_members(event.attributes), "}}");
}

std::optional<Event> parse_event(std::string_view line) {
  if (!line.starts_with('{') || !line.ends_with('}')) return std::nullopt;
  try {
    const nlohmann::json json = parse_json(line, "event", ErrorKind::corrupt);
    const JsonReader reader(json, "event", ErrorKind::corrupt);
    Event event;
    reader.read("time", event.time);
    reader.read("type", event.type);
    reader.read("action", event.action);
    reader.read("id", event.id);
    reader.read("attributes", event.attributes);
    if (event.type.empty() || event.action.empty()) return std::nullopt;
    return event;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace minidock::oci
