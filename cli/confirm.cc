#include "cli/confirm.h"

#include "base/text.h"
#include "cli/output.h"
#include "cli/prompt.h"

namespace minidock::cli {

bool confirm(std::string_view warning) {
  print(warning);
  const std::string answer = lower(trim(ask_line("Are you sure you want to continue? [y/N] ")));
  return answer == "y" || answer == "yes";
}

}  // namespace minidock::cli
