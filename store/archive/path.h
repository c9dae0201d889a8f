// Names in an archive: cleaned before anything else looks at them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/archive/unpack.h"

namespace minidock::store {

// "./a//b/../c" and "/a/c" are both "a/c"; "" is the root itself. nullopt: more ".." than names before them.
std::optional<std::string> clean_path(std::string_view name);

// Throws exhausted for a cleaned path over a limit of `limits`.
void check_path_limits(std::string_view path, const UnpackLimits& limits);

std::string_view parent_of(std::string_view path);  // "a/b" -> "a", "a" -> ""
std::string_view leaf_of(std::string_view path);    // "a/b" -> "b"

// A name for a message: printable, its middle left out where it is long.
std::string shown(std::string_view name);

}  // namespace minidock::store
