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

}  // namespace

std::unique_ptr<Command> make_cleanup() {
  return std::make_unique<Cleanup>();
}

}  // namespace minidock::cli
