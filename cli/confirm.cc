#include "cli/confirm.h"

#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/output.h"

namespace minidock::cli {

bool confirm(std::string_view warning) {
  print(warning);
  print("Are you sure you want to continue? [y/N] ");
  flush_output();
  std::string answer;
  for (char letter = '\0'; read_some(STDIN_FILENO, &letter, 1) == 1 && letter != '\n';) answer += letter;
  answer = lower(trim(answer));
  return answer == "y" || answer == "yes";
}

}  // namespace minidock::cli
