// The functions of --format: Go's own (and, or, not, eq …, index, len, print, printf, println, html, urlquery,
// slice) and docker's (json, split, join, title, lower, upper, pad, truncate).
#pragma once

#include <string>
#include <vector>

#include "cli/format/ast.h"

namespace minidock::cli::format {

bool is_function(const std::string& name);

// Throws invalid with what Go says after "error calling NAME: ".
Json call_function(const std::string& name, const std::vector<Json>& arguments);

bool is_true(const Json& value);  // Go's truth: not zero, not empty, not nil

// %v of fmt: "a" a, nil <no value>, [1,2] [1 2], {"a":"b"} map[a:b]; an object of mixed values is printed as JSON,
// since it stands for a Go struct.
std::string to_text(const Json& value);

// One line of JSON, keys in the order they have.
std::string to_json_text(const Json& value);

std::string print_formatted(const std::vector<Json>& arguments);  // printf

}  // namespace minidock::cli::format
