// What this runtime can do, as `features` prints it (runtime-spec features.md, features-linux.md).
#pragma once

#include <map>
#include <string>

namespace minidock::runtime {

// The whole document, indented. The lists come from the tables that parsers and planner use themselves.
std::string features_json(const std::map<std::string, std::string>& annotations);

}  // namespace minidock::runtime
