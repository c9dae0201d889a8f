#include "cli/commands/commands.h"
#include "cli/each.h"
#include "cli/output.h"

namespace minidock::cli {
namespace {

class Why : public Command {
 public:
  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    engine::Engine& engine = context.engine();
    return for_each_operand(operands, [&](const std::string& name) {
      const std::vector<std::string> lines = engine.why(name);
      print_line(lines.front());
      for (size_t i = 1; i < lines.size(); ++i) print_line(cat("  ", lines[i]));
    });
  }
};

}  // namespace

std::unique_ptr<Command> make_why() {
  return std::make_unique<Why>();
}

}  // namespace minidock::cli
