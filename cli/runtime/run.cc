#include <unistd.h>

#include <optional>

#include "cli/runtime/attend.h"
#include "cli/runtime/creation_options.h"
#include "cli/runtime/verbs.h"
#include "cli/terminal.h"

namespace minidock::cli {
namespace {

class RuntimeRun : public Command {
 public:
  void declare(Options& options) override {
    creation_.declare(options);
    options.flag("-d,--detach", detach_);
    options.flag("--keep", keep_);
    options.flag("--no-subreaper", no_subreaper_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    RuntimeSettings& settings = context.runtime();
    runtime::CreateOptions creation = creation_.take(settings);
    creation.keep_terminal = !detach_;
    creation.plain_lines = !detach_ && !is_terminal(STDOUT_FILENO);
    std::optional<Attendance> attendance;
    if (!detach_) attendance.emplace();
    auto container = runtime::Container::create(settings.state_root(), operands[0], creation);
    try {
      container.start();
    } catch (const Error&) {
      settings.warn(runtime::Container::discard(settings.state_root(), operands[0]));
      throw;
    }
    settings.warn(container.take_warnings());
    if (!attendance) return 0;
    if (no_subreaper_) attendance->stop_reaping_orphans();
    const int status = attendance->attend(container.record().init, container.take_terminal());
    if (!keep_) container.remove();
    settings.warn(container.take_warnings());
    return status;
  }

 private:
  CreationOptions creation_;
  bool detach_ = false, keep_ = false, no_subreaper_ = false;
};

}  // namespace

std::unique_ptr<Command> make_runtime_run() {
  return std::make_unique<RuntimeRun>();
}

}  // namespace minidock::cli
