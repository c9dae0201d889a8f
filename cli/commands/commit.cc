#include "cli/commands/commands.h"
#include "cli/output.h"

namespace minidock::cli {
namespace {

class Commit : public Command {
 public:
  void declare(Options& options) override {
    options.text("-a,--author", commit_.author);
    options.list("-c,--change", commit_.changes);
    options.text("-m,--message", commit_.message);
    options.flag("-p,--pause", commit_.pause);
    options.flag("--no-pause", no_pause_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 2);
    if (operands.size() > 1) commit_.reference = operands[1];
    if (no_pause_) commit_.pause = false;
    print_line(context.engine().commit(operands[0], commit_).text());
    return 0;
  }

 private:
  engine::Engine::CommitOptions commit_;
  bool no_pause_ = false;
};

}  // namespace

std::unique_ptr<Command> make_commit() {
  return std::make_unique<Commit>();
}

}  // namespace minidock::cli
