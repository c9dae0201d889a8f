#include <unistd.h>

#include <optional>

#include "cli/commands/commands.h"
#include "cli/new_file.h"
#include "cli/progress.h"

namespace minidock::cli {
namespace {

class Save : public Command {
 public:
  void declare(Options& options) override {
    options.text("-o,--output", output_);
    options.each("--progress", [this](const std::string& text) { form_ = parse_progress_form(text, STDERR_FILENO); });
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    if (output_.empty()) {
      refuse_terminal_output();
      // What reads the archive may well show on the same terminal how far it has come.
      save(context, operands, STDOUT_FILENO, form_.value_or(ProgressForm::none));
      return 0;
    }
    require_output_path(output_, "failed to save image");
    NewFile file(output_);
    save(context, operands, file.fd(), form_.value_or(parse_progress_form("auto", STDERR_FILENO)));
    file.keep();
    return 0;
  }

 private:
  void save(Context& context, const std::vector<std::string>& images, int fd, ProgressForm form) const {
    ProgressLine line("Saving", output_.empty() ? "-" : output_, form);
    context.engine().save_images(images, fd, [&](uint64_t done, uint64_t total) { line.update(done, total); });
  }

  std::string output_;
  std::optional<ProgressForm> form_;
};

}  // namespace

std::unique_ptr<Command> make_save() {
  return std::make_unique<Save>();
}

}  // namespace minidock::cli
