// What -v and --mount have in common.
#pragma once

#include <string>

namespace minidock::cli {

bool is_propagation(const std::string& word);

bool is_volume_name(const std::string& name);

// Relative paths and ~ are the caller's, so they are settled here and not where the engine runs.
std::string absolute_source(const std::string& source);

}  // namespace minidock::cli
