// Tables: what the operands of each command are, and the values of its options.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/completion/complete.h"

namespace minidock::cli {

// Of the operand at `index` (0 is the first) of "run", "volume rm".
Kind operand_kind(std::string_view command, size_t index);

struct OptionValues {
  Kind kind = Kind::none;
  std::vector<std::string> words;
  bool no_space = false;  // the words are beginnings: "label="
};

// `option` is the long spelling: "--restart". `typed` as far as the value is there.
OptionValues option_values(std::string_view command, std::string_view option, const std::string& typed);

}  // namespace minidock::cli
