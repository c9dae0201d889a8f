#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/output.h"

namespace minidock::cli {
namespace {

class SystemCheck : public Command {
 public:
  void declare(Options& options) override {
    options.flag("--deep", check_.deep);
    options.flag("--repair", check_.repair);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    const std::vector<store::Problem> problems = context.engine().check(check_);
    const auto garbage =
        std::count_if(problems.begin(), problems.end(), [](const auto& problem) { return problem.garbage; });
    const auto repaired =
        std::count_if(problems.begin(), problems.end(), [](const auto& problem) { return problem.repaired; });
    const auto damage = static_cast<int64_t>(problems.size()) - garbage - repaired;
    for (const store::Problem& problem : problems) {
      print_line(cat(problem.garbage    ? "garbage: "
                     : problem.repaired ? "repaired: "
                                        : "damage: ",
                     problem.kind, ": ", printable(problem.object), problem.detail.empty() ? "" : ": ",
                     printable(problem.detail)));
    }
    if (problems.empty()) {
      print_line(check_.deep ? "ok: every byte is owned and every digest matches"
                             : "ok: every file is owned and every row has its files");
    } else {
      print_line(cat(damage, damage == 1 ? " problem, " : " problems, ",
                     repaired == 0 ? "" : cat(repaired, " repaired, "), garbage,
                     " garbage (the next command removes it)"));
    }
    return damage == 0 ? 0 : 1;
  }

 private:
  store::CheckOptions check_;
};

}  // namespace

std::unique_ptr<Command> make_system_check() {
  return std::make_unique<SystemCheck>();
}

}  // namespace minidock::cli
