#include "runtime/lifecycle/features.h"

#include "cli/output.h"
#include "cli/runtime/verbs.h"
#include "cli/version.h"

namespace minidock::cli {
namespace {

class RuntimeFeatures : public Command {
 public:
  int execute(Context&, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    print(runtime::features_json({{"io.github.minidock.version", kVersion}}));
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_runtime_features() {
  return std::make_unique<RuntimeFeatures>();
}

}  // namespace minidock::cli
