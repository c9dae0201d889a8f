#include "cli/commands/commands.h"
#include "cli/confirm.h"
#include "cli/output.h"

namespace minidock::cli {
namespace {

using Pruned = engine::Engine::Pruned;

void print_group(std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  print_line(title);
  for (const std::string& line : lines) print_line(line);
  print("\n");
}

void print_pruned(const Pruned& pruned) {
  print_group("Deleted Containers:", pruned.containers);
  print_group("Deleted Volumes:", pruned.volumes);
  print_group("Deleted Images:", pruned.images);
  print_line(cat("Total reclaimed space: ", human_size(pruned.freed)));
}

// What the three have in common: -f, the question, the report.
class Prune : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-f,--force", force_);
    options.refuse("--filter", true, "nothing is filtered yet");
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    if (!force_ && !confirm(cat("WARNING! ", warning()))) return 0;
    print_pruned(prune(context.engine()));
    return 0;
  }

 protected:
  virtual std::string warning() const = 0;
  virtual Pruned prune(engine::Engine& engine) = 0;

 private:
  bool force_ = false;
};

class PruneContainers : public Prune {
  std::string warning() const override { return "This will remove all stopped containers.\n"; }
  Pruned prune(engine::Engine& engine) override { return engine.prune_containers(); }
};

class PruneImages : public Prune {
 public:
  void declare(Options& options) override {
    Prune::declare(options);
    options.flag("-a,--all", all_);
  }

 private:
  std::string warning() const override {
    return all_ ? "This will remove all images without at least one container associated to them.\n"
                : "This will remove all dangling images.\n";
  }
  Pruned prune(engine::Engine& engine) override { return engine.prune_images(all_); }

  bool all_ = false;
};

class PruneSystem : public Prune {
 public:
  void declare(Options& options) override {
    Prune::declare(options);
    options.flag("-a,--all", all_);
    options.flag("--volumes", volumes_);
  }

 private:
  std::string warning() const override {
    return cat(
        "This will remove:\n  - all stopped containers\n",
        volumes_ ? "  - all anonymous volumes not used by at least one container\n" : "",
        all_ ? "  - all images without at least one container associated to them\n" : "  - all dangling images\n",
        "\n");
  }
  Pruned prune(engine::Engine& engine) override { return engine.prune_system(all_, volumes_); }

  bool all_ = false, volumes_ = false;
};

}  // namespace

std::unique_ptr<Command> make_container_prune() {
  return std::make_unique<PruneContainers>();
}
std::unique_ptr<Command> make_image_prune() {
  return std::make_unique<PruneImages>();
}
std::unique_ptr<Command> make_system_prune() {
  return std::make_unique<PruneSystem>();
}

}  // namespace minidock::cli
