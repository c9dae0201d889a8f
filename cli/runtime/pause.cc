#include "cli/runtime/settings.h"
#include "cli/runtime/verbs.h"
#include "runtime/lifecycle/container.h"

namespace minidock::cli {
namespace {

// pause and resume: one word and one call.
class RuntimeFreezing : public Command {
 public:
  explicit RuntimeFreezing(void (runtime::Container::*change)()) : change_(change) {}

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    auto container = runtime::Container::load(context.runtime().state_root(), operands[0]);
    (container.*change_)();
    return 0;
  }

 private:
  void (runtime::Container::*change_)();
};

}  // namespace

std::unique_ptr<Command> make_runtime_pause() {
  return std::make_unique<RuntimeFreezing>(&runtime::Container::pause);
}

std::unique_ptr<Command> make_runtime_resume() {
  return std::make_unique<RuntimeFreezing>(&runtime::Container::resume);
}

}  // namespace minidock::cli
