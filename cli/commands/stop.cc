#include "cli/commands/commands.h"
#include "cli/each.h"
#include "cli/options/stopping.h"

namespace minidock::cli {
namespace {

class Stop : public Command {
 public:
  void declare(Options& options) override { stopping_.declare(options); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    engine::Engine& engine = context.engine();
    return for_each_named(operands, [&](const std::string& name) { engine.stop(name, stopping_.get()); });
  }

 private:
  StoppingOptions stopping_;
};

}  // namespace

std::unique_ptr<Command> make_stop() {
  return std::make_unique<Stop>();
}

}  // namespace minidock::cli
