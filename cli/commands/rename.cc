#include "cli/commands/commands.h"

namespace minidock::cli {
namespace {

class Rename : public Command {
 public:
  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 2, 2);
    if (operands[0].empty() || operands[1].empty()) {
      throw_error(ErrorKind::invalid, "Neither old nor new names may be empty");
    }
    try {
      context.engine().rename(operands[0], operands[1]);
    } catch (const Error& error) {
      const bool of_name = error.kind() == ErrorKind::conflict || error.kind() == ErrorKind::invalid;
      if (!of_name || std::string_view(error.what()).starts_with("Renaming")) throw;
      throw error.with_context("Error when allocating new name");
    }
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_rename() {
  return std::make_unique<Rename>();
}

}  // namespace minidock::cli
