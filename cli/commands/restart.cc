#include "cli/commands/commands.h"
#include "cli/each.h"
#include "cli/errors.h"
#include "cli/options/stopping.h"

namespace minidock::cli {
namespace {

class Restart : public Command {
 public:
  void declare(Options& options) override { stopping_.declare(options); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    engine::Engine& engine = context.engine();
    return for_each_named(operands, [&](const std::string& name) {
      for (const std::string& warning : engine.restart(name, stopping_.get()).warnings) print_warning(warning);
    });
  }

 private:
  StoppingOptions stopping_;
};

}  // namespace

std::unique_ptr<Command> make_restart() {
  return std::make_unique<Restart>();
}

}  // namespace minidock::cli
