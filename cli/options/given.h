// The last step of reading a command line: each option that was given takes its values.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace minidock::cli {

struct GivenOption {
  std::vector<std::string> spellings;  // "-m", "--memory"
  std::vector<std::string> values;     // in the order of the command line
  std::function<void(const std::vector<std::string>& values)> apply;
};

// Takes the options in the order in which they were first given. Throws what `apply` throws; UsageError of `command`.
using ApplyGiven = void (*)(const std::string& command, const std::vector<GivenOption>& given);

// minidock's own. Not the OCI runtime's, which an engine starts for each step of a container's life: what CLI11 brings
// along (streams, locales) would be a third of the memory that `minidock-runtime state` touches (docs/decisions/0009).
void apply_by_cli11(const std::string& command, const std::vector<GivenOption>& given);

void apply_in_order(const std::string& command, const std::vector<GivenOption>& given);

}  // namespace minidock::cli
