#include "cli/commands/commands.h"
#include "cli/each.h"
#include "cli/errors.h"
#include "cli/output.h"

namespace minidock::cli {
namespace {

class RemoveImage : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-f,--force", force_);
    options.flag("--no-prune", no_prune_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    engine::Engine& engine = context.engine();
    const int status = for_each_operand(operands, [&](const std::string& name) {
      try {
        refuse_running(engine, name);
        for (const std::string& line : engine.remove_image(name, force_, !no_prune_)) print_line(line);
      } catch (const Error& error) {
        if (!force_ || error.kind() != ErrorKind::not_found) throw;
        print_error(error_line(error));
      }
    });
    return status;
  }

 private:
  // -f takes the image from under stopped containers, never from under a running one.
  void refuse_running(engine::Engine& engine, const std::string& name) const {
    if (!force_) return;
    const store::ImageRow image = engine.store().load_image(name);
    if (image.tags.size() > 1) return;  // only a name goes
    for (const engine::ContainerView& container : engine.list()) {
      if (!container.is_up() || container.row.image != image.id) continue;
      throw_error(ErrorKind::in_use, "conflict: unable to delete ", image.id.hex().substr(0, 12),
                  " (cannot be forced) - image is being used by running container ", container.row.id.substr(0, 12));
    }
  }

  bool force_ = false, no_prune_ = false;
};

}  // namespace

std::unique_ptr<Command> make_rmi() {
  return std::make_unique<RemoveImage>();
}

}  // namespace minidock::cli
