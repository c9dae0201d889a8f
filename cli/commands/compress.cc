// __compress: what the monitor executes to make standard output the gzip of standard input, a rotated log.
#include <unistd.h>

#include "cli/commands/commands.h"

namespace minidock::cli {
namespace {

class Compress : public Command {
 public:
  int execute(Context&, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    monitor::compress_log(STDIN_FILENO, STDOUT_FILENO);
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_compress() {
  return std::make_unique<Compress>();
}

}  // namespace minidock::cli
