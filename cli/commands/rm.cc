#include "cli/commands/commands.h"
#include "cli/each.h"
#include "cli/errors.h"
#include "cli/output.h"

namespace minidock::cli {
namespace {

class Remove : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-f,--force", force_);
    options.flag("-v,--volumes", volumes_);
    options.flag("-l,--link", link_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    engine::Engine& engine = context.engine();
    const int status = for_each_operand(operands, [&](const std::string& name) {
      try {
        if (link_) refuse_link(engine.load(name));
        engine.remove(name, force_, volumes_);
        print_line(name);
      } catch (const Error& error) {
        if (!force_ || error.kind() != ErrorKind::not_found) throw;
        print_error(error_line(error));  // docker's rm -f: said, and no failure
      }
    });
    return status;
  }

 private:
  // Docker's words for a container's own name, and no others are needed: there are no links.
  static void refuse_link(const engine::ContainerView&) {
    throw_error(ErrorKind::conflict, "Conflict, cannot remove the default link name of the container");
  }

  bool force_ = false, volumes_ = false, link_ = false;
};

}  // namespace

std::unique_ptr<Command> make_rm() {
  return std::make_unique<Remove>();
}

}  // namespace minidock::cli
