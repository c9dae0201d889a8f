#include <unistd.h>

#include <memory>

#include "cli/commands/commands.h"
#include "cli/detach_keys.h"
#include "cli/errors.h"
#include "cli/explanation.h"
#include "cli/foreground.h"
#include "cli/log_defaults.h"
#include "cli/options/container_options.h"
#include "cli/output.h"
#include "cli/pull_lines.h"
#include "cli/terminal.h"

namespace minidock::cli {
namespace {

class Run : public Command {
 public:
  void declare(Options& options) override {
    container_.declare(options);
    options.flag("-d,--detach", detach_);
    options.flag("--sig-proxy", proxy_signals_);
    options.each("--detach-keys", [this](const std::string& text) {
      parse_detach_keys(text);
      detach_keys_ = text;
    });
    options.flag("--explain", explain_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    engine::ContainerConfig config = container_.build(options, context.settings(), operands);
    check(options, config);
    add_log_defaults(config, options.given("--log-driver"), context.settings());
    if (config.tty && is_terminal(STDOUT_FILENO)) {
      const WindowSize size = window_size(STDOUT_FILENO);
      config.rows = size.rows;
      config.columns = size.columns;
    }
    config.detach_keys = detach_keys_;
    config.stdin_once = config.open_stdin && !detach_;
    engine::CreateOptions create;
    create.name = container_.name();
    create.cidfile = container_.cidfile();
    create.attached = !detach_;
    if (explain_ || context.explain()) create.explain = explain_start(context);
    const PullWish wish = {config.image, container_.platform(), parse_progress_form("auto", STDERR_FILENO),
                           container_.quiet(), STDERR_FILENO};
    return with_image(context, container_.pull(), wish, [&] { return start(context, config, create); });
  }

 private:
  void check(const Options& options, const engine::ContainerConfig& config) const {
    if (detach_ && container_.attach_given()) {
      throw UsageError(options.command(), "conflicting options: cannot specify both --attach and --detach", 1);
    }
    const bool reads_terminal = config.open_stdin && (!container_.attach_given() || container_.attached("stdin"));
    if (!detach_ && config.tty && reads_terminal && !is_terminal(STDIN_FILENO)) {
      print_error("minidock: the input device is not a TTY");
      throw ExitWith{1};
    }
  }

  Foreground foreground(const engine::ContainerConfig& config, const engine::RunningContainer& container) const {
    Foreground options;
    const bool some = container_.attach_given();
    options.attach.terminal = config.tty;
    options.attach.standard_input = config.open_stdin && (!some || container_.attached("stdin"));
    options.attach.standard_output = !some || container_.attached("stdout");
    options.attach.standard_error = !some || container_.attached("stderr");
    options.attach.proxy_signals = proxy_signals_;
    options.attach.kill_on_broken_pipe = config.auto_remove;
    options.attach.detach_keys = detach_keys_;
    options.name = container_.name().empty() ? container.id.substr(0, 12) : container_.name();
    options.remove = config.auto_remove;
    return options;
  }

  int start(Context& context, engine::ContainerConfig config, const engine::CreateOptions& create) {
    if (detach_) {
      const engine::RunningContainer container = context.engine().run(config, create);
      for (const std::string& warning : container.warnings) print_warning(warning);
      print_line(container.id);
      return 0;
    }
    const SignalGate gate;
    engine::RunningContainer container = context.engine().run(config, create);
    for (const std::string& warning : container.warnings) print_warning(warning);
    return run_in_foreground(context.engine(), container, gate, foreground(config, container));
  }

  ContainerOptions container_;
  bool detach_ = false, proxy_signals_ = true, explain_ = false;
  std::string detach_keys_;
};

}  // namespace

std::unique_ptr<Command> make_run() {
  return std::make_unique<Run>();
}

}  // namespace minidock::cli
