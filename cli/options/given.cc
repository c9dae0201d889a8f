#include "cli/options/given.h"

namespace minidock::cli {

void apply_in_order(const std::string&, const std::vector<GivenOption>& given) {
  for (const GivenOption& option : given) option.apply(option.values);
}

}  // namespace minidock::cli
