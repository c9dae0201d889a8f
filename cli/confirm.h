// The question before prune removes things.
#pragma once

#include <string_view>

namespace minidock::cli {

// Prints `warning` and asks on standard output; true when standard input answers y or yes.
bool confirm(std::string_view warning);

}  // namespace minidock::cli
