// A TOML document as a Value. Source: TOML 1.0.0. The library that reads it is seen by toml.cc alone.
#pragma once

#include <string>
#include <string_view>

#include "config/value.h"

namespace minidock::config {

// The document's table; `path` is what its values have as their origin. Throws invalid: "PATH:LINE:COLUMN: …".
Value parse_toml(std::string_view document, const std::string& path);

}  // namespace minidock::config
