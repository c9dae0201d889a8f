#include "cli/runtime/settings.h"
#include "cli/runtime/verbs.h"
#include "runtime/lifecycle/container.h"

namespace minidock::cli {
namespace {

class RuntimeStart : public Command {
 public:
  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    RuntimeSettings& settings = context.runtime();
    auto container = runtime::Container::load(settings.state_root(), operands[0]);
    container.start();
    settings.warn(container.take_warnings());
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_runtime_start() {
  return std::make_unique<RuntimeStart>();
}

}  // namespace minidock::cli
