// Verbs that take several names: each is tried, failures are printed as they come, one status for all.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace minidock::cli {

// Returns 0, or 1 when `act` threw an Error for any of them.
int for_each_operand(const std::vector<std::string>& operands, const std::function<void(const std::string&)>& act);

// The same, printing each name that went well, as docker does.
int for_each_named(const std::vector<std::string>& operands, const std::function<void(const std::string&)>& act);

}  // namespace minidock::cli
