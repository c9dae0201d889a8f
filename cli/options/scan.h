// One pass over a verb's words by the rules of docker's flag library: -it is -i -t, -m32m and -m=32m are -m 32m,
// --name=web is --name web, "--" ends the options, a flag's value may be given only with "=".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace minidock::cli {

struct Known {
  bool takes_value = false;
};

struct Scanned {
  std::vector<std::pair<std::string, std::string>>
      options;  // name as typed ("-m", "--memory"), value ("true" for flags)
  std::vector<std::string> operands;
  bool help = false;  // --help was met; the rest was not read
};

struct ScanRules {
  std::string command;  // for messages
  std::function<std::optional<Known>(const std::string& name)> find;
  std::vector<std::string> long_names;  // for near names: "--memory", …
  bool end_at_first_operand = false;
};

// Throws UsageError: "unknown flag: --foo", "unknown shorthand flag: 'z' in -z", "flag needs an argument: --name".
Scanned scan(const std::vector<std::string>& words, const ScanRules& rules);

}  // namespace minidock::cli
