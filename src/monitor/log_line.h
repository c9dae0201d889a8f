// One line of a container's log, and docker's json-file form of it:
// {"log":"text\n","stream":"stdout","attrs":{"NAME":"VALUE"},"time":"RFC 3339"}; most have no attrs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace minidock::monitor {

struct LogLine {
  std::string text;       // with its newline; without one it goes on in the next of its stream
  bool is_error = false;  // stderr
  Nanoseconds time = 0;
};

// nullopt for what is not such a line (a write cut short by a full disk). Lone surrogates become U+FFFD.
std::optional<LogLine> parse_json_line(std::string_view json);

}  // namespace minidock::monitor
