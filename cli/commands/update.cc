#include "cli/commands/commands.h"
#include "cli/each.h"
#include "cli/errors.h"
#include "cli/options/limits.h"

namespace minidock::cli {
namespace {

class Update : public Command {
 public:
  void declare(Options& options) override {
    declare_limits(options, change_, given_);
    options.each_of_engine("--restart", [this](const std::string& text) {
      change_.restart = engine::parse_restart_policy(text);
      given_ = true;
    });
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    if (!given_) throw_error(ErrorKind::invalid, "you must provide one or more flags when using this command");
    engine::Engine& engine = context.engine();
    std::vector<std::string> warnings;
    const int status = for_each_named(operands, [&](const std::string& name) {
      for (std::string& warning : engine.update(name, change_)) warnings.push_back(std::move(warning));
    });
    for (const std::string& warning : warnings) print_warning(warning);
    return status;
  }

 private:
  engine::ContainerUpdate change_;
  bool given_ = false;
};

}  // namespace

std::unique_ptr<Command> make_update() {
  return std::make_unique<Update>();
}

}  // namespace minidock::cli
