#include <unistd.h>

#include "cli/commands/commands.h"
#include "cli/new_file.h"

namespace minidock::cli {
namespace {

class Save : public Command {
 public:
  void declare(Options& options) override { options.text("-o,--output", output_); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    if (output_.empty()) {
      refuse_terminal_output();
      context.engine().save_images(operands, STDOUT_FILENO);
      return 0;
    }
    require_output_path(output_, "failed to save image");
    NewFile file(output_);
    context.engine().save_images(operands, file.fd());
    file.keep();
    return 0;
  }

 private:
  std::string output_;
};

}  // namespace

std::unique_ptr<Command> make_save() {
  return std::make_unique<Save>();
}

}  // namespace minidock::cli
