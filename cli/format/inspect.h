// --format of inspect and of the verbs that show one object: "" is the default, "json" one line of JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/format/ast.h"

namespace minidock::cli::format {

// Without a format the objects as one indented array. Throws invalid: "template parsing error: template: :1: …".
std::string inspect_text(std::string_view format, const std::vector<Json>& objects);

std::string object_text(std::string_view format, const Json& object);  // one line, for info and version

}  // namespace minidock::cli::format
