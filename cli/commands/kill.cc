#include <csignal>

#include "base/signals.h"
#include "cli/commands/commands.h"
#include "cli/each.h"

namespace minidock::cli {
namespace {

class Kill : public Command {
 public:
  void declare(Options& options) override {
    options.each_of_engine("-s,--signal", [this](const std::string& text) { signal_ = parse_signal(text); });
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    engine::Engine& engine = context.engine();
    return for_each_named(operands, [&](const std::string& name) { engine.signal(name, signal_); });
  }

 private:
  int signal_ = SIGKILL;
};

}  // namespace

std::unique_ptr<Command> make_kill() {
  return std::make_unique<Kill>();
}

}  // namespace minidock::cli
