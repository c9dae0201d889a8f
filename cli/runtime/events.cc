#include "cli/output.h"
#include "cli/runtime/settings.h"
#include "cli/runtime/verbs.h"
#include "oci/health_check.h"
#include "runtime/lifecycle/event_stream.h"

namespace minidock::cli {
namespace {

class RuntimeEvents : public Command {
 public:
  void declare(Options& options) override {
    options.flag("--stats", once_);
    options.each("--interval", [this](const std::string& text) {
      interval_ = oci::parse_go_duration(text);
      if (interval_ <= 0)
        throw_error(ErrorKind::invalid, "duration interval must be greater than 0, such as 5s or 500ms");
    });
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    const auto container = runtime::Container::load(context.runtime().state_root(), operands[0]);
    if (once_) {
      print_line(runtime::statistics_of(container));
      return 0;
    }
    runtime::EventStream stream(container, interval_);
    while (const auto event = stream.next()) {
      print_line(*event);
      flush_output();  // somebody waits for the line
    }
    return 0;
  }

 private:
  bool once_ = false;
  Nanoseconds interval_ = 5 * kSecond;
};

}  // namespace

std::unique_ptr<Command> make_runtime_events() {
  return std::make_unique<RuntimeEvents>();
}

}  // namespace minidock::cli
