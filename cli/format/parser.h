// Parses the subset of Go's text/template that --format takes: fields, variables, pipelines, parentheses,
// if/else if/else, range, with, break, continue. define, template and block are not in it.
#pragma once

#include <string_view>
#include <vector>

#include "cli/format/ast.h"

namespace minidock::cli::format {

// Throws invalid: "template: :1: unexpected EOF", "template: :1: function \"foo\" not defined".
std::vector<Node> parse(std::string_view text);

}  // namespace minidock::cli::format
