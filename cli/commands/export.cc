#include <unistd.h>

#include "cli/commands/commands.h"
#include "cli/new_file.h"

namespace minidock::cli {
namespace {

class Export : public Command {
 public:
  void declare(Options& options) override { options.text("-o,--output", output_); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    if (output_.empty()) {
      refuse_terminal_output();
      context.engine().export_files(operands[0], STDOUT_FILENO);
      return 0;
    }
    require_output_path(output_, "failed to export container");
    context.engine().load(operands[0]);
    NewFile file(output_);
    context.engine().export_files(operands[0], file.fd());
    file.keep();
    return 0;
  }

 private:
  std::string output_;
};

}  // namespace

std::unique_ptr<Command> make_export() {
  return std::make_unique<Export>();
}

}  // namespace minidock::cli
