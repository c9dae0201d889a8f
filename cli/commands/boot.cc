#include "cli/commands/commands.h"
#include "cli/errors.h"

namespace minidock::cli {
namespace {

class Boot : public Command {
 public:
  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    const std::vector<std::string> failures = context.engine().boot();
    for (const std::string& failure : failures) print_error(cat("minidock: cannot start ", failure));
    return failures.empty() ? 0 : 1;
  }
};

}  // namespace

std::unique_ptr<Command> make_boot() {
  return std::make_unique<Boot>();
}

}  // namespace minidock::cli
