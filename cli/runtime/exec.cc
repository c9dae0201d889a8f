#include "runtime/lifecycle/exec.h"

#include <unistd.h>

#include <optional>

#include "cli/runtime/attend.h"
#include "cli/runtime/creation_options.h"
#include "cli/runtime/exec_process.h"
#include "cli/runtime/verbs.h"
#include "cli/terminal.h"

namespace minidock::cli {
namespace {

class RuntimeExec : public Command {
 public:
  void declare(Options& options) override {
    options.end_at_first_operand();
    process_.declare(options);
    options.flag("-d,--detach", detach_);
    options.text("--pid-file", exec_.pid_file);
    options.text("--console-socket", exec_.console_socket);
    options.text("--pidfd-socket", exec_.pidfd_socket);
    options.number("--preserve-fds", preserved_fds_);
    options.list("--cgroup", exec_.sub_cgroups);
    options.flag("--ignore-paused", exec_.ignore_paused);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    RuntimeSettings& settings = context.runtime();
    exec_.preserved_fds = preserved_descriptor_count(preserved_fds_);
    exec_.keep_terminal = !detach_;
    exec_.plain_lines = !detach_ && !is_terminal(STDOUT_FILENO);
    exec_.on_plan = plan_log(settings);
    try {
      return start(settings, operands);
    } catch (const runtime::NeedsLibraries&) {
      throw;  // no failure: another program goes on
    } catch (const Error& error) {
      throw error.with_context("exec failed");
    }
  }

 private:
  int start(RuntimeSettings& settings, const std::vector<std::string>& operands) {
    const auto container = runtime::Container::load(settings.state_root(), operands[0]);
    exec_.process = process_.make(container.spec().process, {operands.begin() + 1, operands.end()});
    std::optional<Attendance> attendance;
    if (!detach_) attendance.emplace();
    runtime::Executed executed = runtime::execute(container, exec_);
    settings.warn(executed.warnings);
    return attendance ? attendance->attend(executed.process, std::move(executed.terminal)) : 0;
  }

  ExecProcess process_;
  runtime::ExecOptions exec_;
  std::optional<int64_t> preserved_fds_;
  bool detach_ = false;
};

}  // namespace

std::unique_ptr<Command> make_runtime_exec() {
  return std::make_unique<RuntimeExec>();
}

}  // namespace minidock::cli
