#include <optional>

#include "cli/runtime/attend.h"
#include "cli/runtime/criu_options.h"
#include "cli/runtime/verbs.h"

namespace minidock::cli {
namespace {

class RuntimeRestore : public Command {
 public:
  void declare(Options& options) override {
    criu_.declare(options);
    options.text("-b,--bundle", bundle_);
    options.text("--pid-file", pid_file_);
    options.flag("-d,--detach", detach_);
    options.flag("--no-subreaper", no_subreaper_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    RuntimeSettings& settings = context.runtime();
    runtime::CreateOptions creation;
    creation.bundle = bundle_;
    creation.pid_file = pid_file_;
    std::optional<Attendance> attendance;
    if (!detach_) attendance.emplace();
    auto container = runtime::restore(settings.state_root(), operands[0], creation, criu_.take(settings));
    if (!attendance) return 0;
    if (no_subreaper_) attendance->stop_reaping_orphans();
    const int status = attendance->attend(container.record().init, Fd());
    container.remove();
    settings.warn(container.take_warnings());
    return status;
  }

 private:
  CriuArguments criu_;
  std::string bundle_, pid_file_;
  bool detach_ = false, no_subreaper_ = false;
};

}  // namespace

std::unique_ptr<Command> make_runtime_restore() {
  return std::make_unique<RuntimeRestore>();
}

}  // namespace minidock::cli
