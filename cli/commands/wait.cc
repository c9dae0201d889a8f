#include "cli/commands/commands.h"
#include "cli/each.h"
#include "cli/output.h"

namespace minidock::cli {
namespace {

class Wait : public Command {
 public:
  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    engine::Engine& engine = context.engine();
    return for_each_operand(operands, [&](const std::string& name) {
      print_line(cat(engine.wait(name)));
      flush_output();
    });
  }
};

}  // namespace

std::unique_ptr<Command> make_wait() {
  return std::make_unique<Wait>();
}

}  // namespace minidock::cli
