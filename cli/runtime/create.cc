#include "cli/runtime/creation_options.h"
#include "cli/runtime/verbs.h"

namespace minidock::cli {
namespace {

class RuntimeCreate : public Command {
 public:
  void declare(Options& options) override { creation_.declare(options); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    RuntimeSettings& settings = context.runtime();
    auto container = runtime::Container::create(settings.state_root(), operands[0], creation_.take(settings));
    settings.warn(container.take_warnings());
    return 0;
  }

 private:
  CreationOptions creation_;
};

}  // namespace

std::unique_ptr<Command> make_runtime_create() {
  return std::make_unique<RuntimeCreate>();
}

}  // namespace minidock::cli
