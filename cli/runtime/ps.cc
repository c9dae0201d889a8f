#include <nlohmann/json.hpp>

#include "cli/output.h"
#include "cli/runtime/process_table.h"
#include "cli/runtime/settings.h"
#include "cli/runtime/table.h"
#include "cli/runtime/verbs.h"
#include "runtime/lifecycle/container.h"

namespace minidock::cli {
namespace {

class RuntimePs : public Command {
 public:
  void declare(Options& options) override { options.text("-f,--format", format_); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    require_table_or_json(format_);
    const auto container = runtime::Container::load(context.runtime().state_root(), operands[0]);
    const std::vector<pid_t> processes = container.processes();
    print(format_ == "json" ? nlohmann::json(processes).dump() + "\n" : process_table(processes));
    return 0;
  }

 private:
  std::string format_ = "table";
};

}  // namespace

std::unique_ptr<Command> make_runtime_ps() {
  return std::make_unique<RuntimePs>();
}

}  // namespace minidock::cli
