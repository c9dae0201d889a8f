#include <unistd.h>

#include "cli/commands/commands.h"
#include "cli/errors.h"
#include "cli/output.h"
#include "cli/pull_lines.h"

namespace minidock::cli {
namespace {

class Pull : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-q,--quiet", wish_.quiet);
    options.text("--platform", wish_.platform);
    options.each("--progress", [this](const std::string& text) { form_ = parse_progress_form(text, STDOUT_FILENO); });
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    wish_.reference = operands[0];
    wish_.form = form_ ? *form_ : parse_progress_form("auto", STDOUT_FILENO);
    wish_.fd = STDOUT_FILENO;
    const oci::Reference reference = oci::parse_reference(operands[0]);
    LayerLines lines(wish_.form, wish_.fd);
    const bool tag_is_ours = !reference.digest && !operands[0].ends_with(cat(":", reference.tag));
    if (tag_is_ours && !wish_.quiet) lines.say(cat("Using default tag: ", reference.tag));
    const engine::Engine::Pulled pulled = pull_with_lines(context, wish_);
    if (wish_.form != ProgressForm::json || wish_.quiet) print_line(pulled.canonical);
    return 0;
  }

 private:
  PullWish wish_;
  std::optional<ProgressForm> form_;
};

}  // namespace

std::unique_ptr<Command> make_pull() {
  return std::make_unique<Pull>();
}

}  // namespace minidock::cli
