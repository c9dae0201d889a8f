#include "cli/commands/commands.h"

namespace minidock::cli {
namespace {

// What a monitor executes when a --rm container ended and no CLI is left to remove it. Nobody reads its output.
class Cleanup : public Command {
 public:
  int execute(Context& context, const Options&, const std::vector<std::string>& operands) override {
    int status = 0;
    for (const std::string& id : operands) {
      try {
        context.engine().cleanup(id);
      } catch (const Error&) {
        status = 1;
      }
    }
    return status;
  }
};

// What a monitor executes to run its container again.
class RestartByPolicy : public Command {
 public:
  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    context.engine().restart_by_policy(operands[0]);
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_restart_by_policy() {
  return std::make_unique<RestartByPolicy>();
}

std::unique_ptr<Command> make_cleanup() {
  return std::make_unique<Cleanup>();
}

}  // namespace minidock::cli
