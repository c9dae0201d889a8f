#include "cli/commands/commands.h"
#include "cli/each.h"

namespace minidock::cli {
namespace {

class Pause : public Command {
 public:
  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    engine::Engine& engine = context.engine();
    return for_each_named(operands, [&](const std::string& name) { engine.pause(name); });
  }
};

class Unpause : public Command {
 public:
  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    engine::Engine& engine = context.engine();
    return for_each_named(operands, [&](const std::string& name) { engine.unpause(name); });
  }
};

}  // namespace

std::unique_ptr<Command> make_pause() {
  return std::make_unique<Pause>();
}

std::unique_ptr<Command> make_unpause() {
  return std::make_unique<Unpause>();
}

}  // namespace minidock::cli
