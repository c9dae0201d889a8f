// Lengths of time as Go's flags take them: "5s", "1m30s", "250ms".
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace minidock::cli {

// nullopt for anything else, and for more than a day.
std::optional<Nanoseconds> parse_duration(std::string_view text);

}  // namespace minidock::cli
