#include "cli/each.h"

#include "cli/errors.h"
#include "cli/output.h"

namespace minidock::cli {

int for_each_operand(const std::vector<std::string>& operands, const std::function<void(const std::string&)>& act) {
  int status = 0;
  for (const std::string& operand : operands) {
    try {
      act(operand);
    } catch (const Error& error) {
      flush_output();  // in the order in which things happened
      print_error(error_line(error));
      status = 1;
    }
  }
  return status;
}

int for_each_named(const std::vector<std::string>& operands, const std::function<void(const std::string&)>& act) {
  return for_each_operand(operands, [&](const std::string& name) {
    act(name);
    print_line(name);
    flush_output();
  });
}

}  // namespace minidock::cli
