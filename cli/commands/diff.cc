#include "cli/commands/commands.h"
#include "cli/output.h"

namespace minidock::cli {
namespace {

class Diff : public Command {
 public:
  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    // A name that holds a newline would look like two.
    for (const engine::Engine::Change& change : context.engine().diff(operands[0])) {
      print_line(cat(change.kind, " ", printable(change.path)));
    }
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_diff() {
  return std::make_unique<Diff>();
}

}  // namespace minidock::cli
