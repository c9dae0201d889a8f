#include "cli/commands/commands.h"

namespace minidock::cli {
namespace {

class Tag : public Command {
 public:
  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 2, 2);
    const oci::Reference reference = oci::parse_reference(operands[1]);
    if (reference.digest) throw_error(ErrorKind::invalid, "refusing to create a tag with a digest reference");
    context.engine().tag_image(operands[0], reference);
    return 0;
  }
};

}  // namespace

std::unique_ptr<Command> make_tag() {
  return std::make_unique<Tag>();
}

}  // namespace minidock::cli
