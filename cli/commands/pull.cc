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
    options.flag("-a,--all-tags", all_tags_);
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
    const bool is_name_only = !reference.digest && !operands[0].ends_with(cat(":", reference.tag));
    if (all_tags_ && !is_name_only) {
      throw_error(ErrorKind::invalid, "tag can't be used with --all-tags/-a");
    }
    if (all_tags_) {
      pull_all_with_lines(context, wish_);
      end_with(reference.name);
      return 0;
    }
    LayerLines lines(wish_.form, wish_.fd);
    if (is_name_only && !wish_.quiet) lines.say(cat("Using default tag: ", reference.tag));
    end_with(pull_with_lines(context, wish_).canonical);
    return 0;
  }

 private:
  void end_with(const std::string& name) const {
    if (wish_.form != ProgressForm::json || wish_.quiet) print_line(name);
  }

  bool all_tags_ = false;
  PullWish wish_;
  std::optional<ProgressForm> form_;
};

}  // namespace

std::unique_ptr<Command> make_pull() {
  return std::make_unique<Pull>();
}

}  // namespace minidock::cli
