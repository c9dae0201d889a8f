#include "cli/attach.h"
#include "cli/commands/commands.h"
#include "cli/detach_keys.h"
#include "cli/errors.h"
#include "cli/options/environment.h"
#include "cli/terminal.h"

namespace minidock::cli {
namespace {

class Exec : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-d,--detach", detach_);
    options.flag("-i,--interactive", exec_.open_stdin);
    options.flag("-t,--tty", exec_.tty);
    options.flag("--privileged", exec_.privileged);
    options.text("-u,--user", exec_.user);
    options.text("-w,--workdir", exec_.working_dir);
    options.each("-e,--env", [this](const std::string& text) { add_environment(environment_, text); });
    options.list("--env-file", environment_files_);
    options.each_of_engine("--detach-keys", [this](const std::string& text) {
      parse_detach_keys(text);
      detach_keys_ = text;
    });
    options.end_at_first_operand();
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 2, 0);
    exec_.args.assign(operands.begin() + 1, operands.end());
    exec_.env = join_environment(environment_files_, environment_);
    if (!exec_.working_dir.empty() && exec_.working_dir.front() != '/') {
      throw_error(ErrorKind::invalid, "the working directory '", printable(exec_.working_dir),
                  "' is invalid, it needs to be an absolute path");
    }
    if (!detach_ && exec_.tty && exec_.open_stdin && !is_terminal(STDIN_FILENO)) {
      print_error("minidock: the input device is not a TTY");
      return 1;
    }
    if (context.explain()) exec_.explain = [](const runtime::Plan& plan) { print_error(runtime::explain(plan)); };
    if (exec_.tty && is_terminal(STDOUT_FILENO)) {
      const WindowSize size = window_size(STDOUT_FILENO);
      exec_.rows = size.rows;
      exec_.columns = size.columns;
    }
    if (detach_) {
      context.engine().execute(operands[0], exec_);
      return 0;
    }
    const SignalGate gate;
    monitor::Session session = context.engine().execute(operands[0], exec_);
    AttachOptions attached;
    attached.terminal = exec_.tty;
    attached.standard_input = exec_.open_stdin;
    attached.detach_keys = detach_keys_;
    attached.proxy_signals = false;  // as docker: a signal of ours ends the attachment alone
    return attach(session, gate, attached).exit_code;
  }

 private:
  engine::ExecOptions exec_;
  std::vector<std::string> environment_, environment_files_;
  std::string detach_keys_;
  bool detach_ = false;
};

}  // namespace

std::unique_ptr<Command> make_exec() {
  return std::make_unique<Exec>();
}

}  // namespace minidock::cli
