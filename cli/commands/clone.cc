// container clone: podman's verb.
#include "cli/commands/commands.h"
#include "cli/errors.h"
#include "cli/options/limits.h"
#include "cli/output.h"

namespace minidock::cli {
namespace {

class Clone : public Command {
 public:
  void declare(Options& options) override {
    options.text("--name", clone_.name);
    options.flag("--destroy", clone_.destroy);
    options.flag("-f,--force", clone_.force);
    options.flag("--run", run_);
    declare_limits(options, clone_.change, limits_given_);
    options.refuse("--pod", true, "there are no pods");
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 3);
    if (clone_.force && !clone_.destroy) {
      throw UsageError(options.command(), "cannot set --force without --destroy", 125);
    }
    if (operands.size() > 1) {
      if (options.given("--name"))
        throw UsageError(options.command(), "cannot give a name twice: --name and NAME", 125);
      clone_.name = operands[1];
    }
    if (operands.size() > 2) clone_.image = operands[2];
    engine::Engine& engine = context.engine();
    std::vector<std::string> warnings;
    const std::string id = engine.clone(operands[0], clone_, warnings);
    if (run_) warnings = engine.start(id).warnings;  // the same once more, and what the start adds
    for (const std::string& warning : warnings) print_warning(warning);
    print_line(id);
    return 0;
  }

 private:
  engine::Engine::CloneOptions clone_;
  bool run_ = false, limits_given_ = false;
};

}  // namespace

std::unique_ptr<Command> make_container_clone() {
  return std::make_unique<Clone>();
}

}  // namespace minidock::cli
