#include "base/signals.h"
#include "cli/commands/commands.h"
#include "cli/each.h"
#include "cli/errors.h"

namespace minidock::cli {
namespace {

class Restart : public Command {
 public:
  void declare(Options& options) override {
    options.number("-t,--timeout,--time", timeout_);
    options.each("-s,--signal", [this](const std::string& text) { signal_ = parse_signal(text); });
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    const auto timeout = timeout_ ? std::optional(static_cast<int>(*timeout_)) : std::nullopt;
    engine::Engine& engine = context.engine();
    return for_each_named(operands, [&](const std::string& name) {
      for (const std::string& warning : engine.restart(name, timeout, signal_).warnings) print_warning(warning);
    });
  }

 private:
  std::optional<int64_t> timeout_;
  std::optional<int> signal_;
};

}  // namespace

std::unique_ptr<Command> make_restart() {
  return std::make_unique<Restart>();
}

}  // namespace minidock::cli
