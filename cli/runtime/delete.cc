#include "cli/runtime/settings.h"
#include "cli/runtime/verbs.h"
#include "runtime/lifecycle/container.h"

namespace minidock::cli {
namespace {

class RuntimeDelete : public Command {
 public:
  void declare(Options& options) override { options.flag("-f,--force", force_); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    RuntimeSettings& settings = context.runtime();
    if (force_) {
      settings.warn(runtime::Container::discard(settings.state_root(), operands[0]));
      return 0;
    }
    auto container = runtime::Container::load(settings.state_root(), operands[0]);
    container.remove();
    settings.warn(container.take_warnings());
    return 0;
  }

 private:
  bool force_ = false;
};

}  // namespace

std::unique_ptr<Command> make_runtime_delete() {
  return std::make_unique<RuntimeDelete>();
}

}  // namespace minidock::cli
