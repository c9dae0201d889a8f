#include "cli/commands/commands.h"
#include "cli/detach_keys.h"
#include "cli/errors.h"
#include "cli/foreground.h"
#include "cli/terminal.h"

namespace minidock::cli {
namespace {

class Attach : public Command {
 public:
  void declare(Options& options) override {
    options.flag("--no-stdin", no_input_);
    options.flag("--sig-proxy", proxy_signals_);
    options.each_of_engine("--detach-keys", [this](const std::string& text) {
      parse_detach_keys(text);
      detach_keys_ = text;
    });
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    engine::Engine& engine = context.engine();
    const engine::ContainerView view = engine.load(operands[0]);
    Foreground foreground;
    foreground.attach.terminal = view.config().tty;
    foreground.attach.standard_input = !no_input_ && view.config().open_stdin;
    foreground.attach.proxy_signals = proxy_signals_;
    foreground.attach.detach_keys = detach_keys_.empty() ? view.config().detach_keys : detach_keys_;
    foreground.name = view.row.name;
    if (foreground.attach.terminal && foreground.attach.standard_input && !is_terminal(STDIN_FILENO)) {
      print_error("minidock: the input device is not a TTY");
      return 1;
    }
    const SignalGate gate;
    engine::RunningContainer container = engine.attach(operands[0]);
    return run_in_foreground(engine, container, gate, foreground);
  }

 private:
  bool no_input_ = false, proxy_signals_ = true;
  std::string detach_keys_;
};

}  // namespace

std::unique_ptr<Command> make_attach() {
  return std::make_unique<Attach>();
}

}  // namespace minidock::cli
