// Commands in a Dockerfile's two forms. For source files of this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidock::oci {

// `["a","b"]` as its strings; nullopt when the text is no JSON array, so that the shell form applies.
// Throws invalid for an array that holds something else than strings.
std::optional<std::vector<std::string>> find_json_words(std::string_view text);

// The JSON form as it is, else the whole text run by `shell` (default /bin/sh -c).
std::vector<std::string> parse_command(std::string_view text, const std::vector<std::string>& shell);

}  // namespace minidock::oci
