#include "cli/commands/commands.h"
#include "cli/detach_keys.h"
#include "cli/each.h"
#include "cli/errors.h"
#include "cli/foreground.h"

namespace minidock::cli {
namespace {

class Start : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-a,--attach", attach_);
    options.flag("-i,--interactive", interactive_);
    options.flag("--sig-proxy", proxy_signals_);
    options.each_of_engine("--detach-keys", [this](const std::string& text) {
      parse_detach_keys(text);
      detach_keys_ = text;
    });
    options.refuse("--checkpoint", true, "containers are restored by minidock runtime restore only");
    options.refuse("--checkpoint-dir", true, "containers are restored by minidock runtime restore only");
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    engine::Engine& engine = context.engine();
    if (!attach_ && !interactive_) {
      return for_each_named(operands, [&](const std::string& name) {
        if (engine.load(name).state == engine::ContainerState::running) return;  // docker: no error, nothing done
        for (const std::string& warning : engine.start(name).warnings) print_warning(warning);
      });
    }
    if (operands.size() > 1) {
      throw UsageError(options.command(), "you cannot start and attach multiple containers at once", 1);
    }
    const engine::ContainerView view = engine.load(operands[0]);
    const SignalGate gate;
    engine.record_event(view.row.id, "attach");
    engine::RunningContainer container = engine.start(operands[0]);
    for (const std::string& warning : container.warnings) print_warning(warning);
    Foreground foreground;
    foreground.attach.terminal = view.config().tty;
    foreground.attach.standard_input = interactive_ && view.config().open_stdin;
    foreground.attach.proxy_signals = proxy_signals_;
    foreground.attach.detach_keys = detach_keys_;
    foreground.name = view.row.name;
    foreground.remove = view.config().auto_remove;
    return run_in_foreground(engine, container, gate, foreground);
  }

 private:
  bool attach_ = false, interactive_ = false, proxy_signals_ = true;
  std::string detach_keys_;
};

}  // namespace

std::unique_ptr<Command> make_start() {
  return std::make_unique<Start>();
}

}  // namespace minidock::cli
