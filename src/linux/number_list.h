// Lists of small numbers as the kernel writes them: "0-3,7" (cpuset(7), "List format").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidock::linux {

// Sorted, each once; "" is the empty list. nullopt for any other text, for numbers over 65535 and for ranges that fall.
std::optional<std::vector<int>> parse_number_list(std::string_view text);

// The kernel's own spelling, so that what is written equals what is read back.
std::string format_number_list(const std::vector<int>& numbers);

}  // namespace minidock::linux
