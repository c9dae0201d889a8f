#include <unistd.h>

#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/confirm.h"
#include "cli/errors.h"
#include "cli/output.h"
#include "cli/terminal.h"

namespace minidock::cli {
namespace {

std::string counted(size_t count, const char* what) {
  return cat(count, " ", what, count == 1 ? "" : "s");
}

// "  - 2 images: busybox:latest, debian:12", as many names as one reads.
std::string listed(size_t count, const char* what, const std::vector<std::string>& names) {
  constexpr size_t kMost = 5;
  std::vector<std::string> shown(names.begin(), names.begin() + static_cast<ptrdiff_t>(std::min(names.size(), kMost)));
  if (names.size() > kMost) shown.emplace_back("...");
  return cat("  - ", counted(count, what), shown.empty() ? "" : ": ", join(shown, ", "), "\n");
}

class SystemReset : public Command {
 public:
  void declare(Options& options) override { options.flag("-f,--force", force_); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    if (!force_ && !is_terminal(STDIN_FILENO)) {
      throw_error(ErrorKind::invalid,
                  "cannot reset: standard input is no terminal, so nobody can be asked; use --force");
    }
    engine::Engine& engine = context.engine();
    if (!force_ && !confirm(warning(engine))) return 0;
    const size_t images = engine.store().list_images().size();
    const engine::Engine::Pruned gone = engine.reset();
    print_line(cat("Deleted ", counted(gone.containers.size(), "container"), ", ", counted(images, "image"), " and ",
                   counted(gone.volumes.size(), "volume")));
    print_line(cat("Total reclaimed space: ", human_size(gone.freed)));
    return 0;
  }

 private:
  static std::string warning(engine::Engine& engine) {
    std::vector<std::string> containers, images, volumes;
    size_t running = 0;
    for (const engine::ContainerView& view : engine.list()) {
      containers.push_back(view.row.name);
      running += view.is_up() ? 1 : 0;
    }
    for (const store::ImageRow& image : engine.store().list_images()) {
      images.push_back(image.tags.empty() ? image.id.hex().substr(0, 12)
                                          : oci::parse_reference(image.tags[0]).familiar());
    }
    for (const store::VolumeRow& volume : engine.store().list_volumes()) volumes.push_back(volume.name);
    const engine::Location& location = engine.store().location();
    return cat("WARNING! This will remove:\n", listed(containers.size(), "container", containers),
               running == 0 ? "" : cat("    (running, to be killed: ", running, ")\n"),
               listed(images.size(), "image", images), listed(volumes.size(), "volume", volumes),
               "  - all caches\n  - all else in ", location.root, " and ", location.run_root, "\n\n");
  }

  bool force_ = false;
};

}  // namespace

std::unique_ptr<Command> make_system_reset() {
  return std::make_unique<SystemReset>();
}

}  // namespace minidock::cli
