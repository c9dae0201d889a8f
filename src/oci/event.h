// What happened to a container, an image or a volume: a line of the log of events. Types, actions and attributes have
// docker's names (https://docs.docker.com/reference/cli/docker/system/events/).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace minidock::oci {

struct Event {
  Nanoseconds time = 0;
  std::string type;    // "container", "image", "volume", …
  std::string action;  // "start", "die", "exec_create: sh -c true", …
  std::string id;      // 64 hex digits, "sha256:…", a volume's name
  std::map<std::string, std::string> attributes;
};

// One line without a newline; keys are only ever added: an older or newer minidock reads it.
std::string to_json(const Event& event);
// The members of `attributes` as JSON without its braces: "image":"busybox","name":"web".
std::string to_json_members(const std::map<std::string, std::string>& attributes);
// nullopt for what is no event: a torn line, or nothing.
std::optional<Event> parse_event(std::string_view line);

}  // namespace minidock::oci
