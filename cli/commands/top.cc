#include "cli/commands/commands.h"
#include "cli/host_ps.h"
#include "cli/output.h"
#include "cli/runtime/process_table.h"
#include "cli/table.h"

namespace minidock::cli {
namespace {

class Top : public Command {
 public:
  void declare(Options& options) override { options.end_at_first_operand(); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    constexpr size_t kColumnWidth = 20;  // docker's
    const std::vector<std::string> ps_options(operands.begin() + 1, operands.end());
    // order: the list before ps, so that what ps shows was the container's own.
    const std::vector<pid_t> processes = context.engine().processes(operands[0]);
    const auto rows = ps_options.empty() ? process_rows(processes) : select_ps_rows(run_host_ps(ps_options), processes);
    std::string text;
    for (const auto& row : rows) text += join(row, "\t") + "\n";
    print(align_columns(text, kColumnWidth));
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_top() {
  return std::make_unique<Top>();
}

}  // namespace minidock::cli
