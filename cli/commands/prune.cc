#include "cli/commands/commands.h"
#include "cli/confirm.h"
#include "cli/errors.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/view/filter.h"
#include "cli/view/human.h"
#include "cli/view/tree_size.h"

namespace minidock::cli {
namespace {

using engine::Engine;

void print_group(std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  print_line(title);
  for (const std::string& line : lines) print_line(line);
  print("\n");
}

// Docker's rm and prune tell the same with another first letter.
std::vector<std::string> lower_first(std::vector<std::string> lines) {
  for (std::string& line : lines) line.replace(0, 1, lower(line.substr(0, 1)));
  return lines;
}

void print_pruned(const Engine::Pruned& pruned) {
  print_group("Deleted Containers:", pruned.containers);
  print_group("Deleted Volumes:", pruned.volumes);
  print_group("Deleted Images:", lower_first(pruned.images));
  print_line(cat("Total reclaimed space: ", human_size(pruned.freed)));
}

void print_table(std::string_view title, const std::string& rows) {
  if (!rows.empty()) print(cat(title, "\n", align_columns(rows), "\n"));
}

// What would go, with sizes: to walk a tree costs less than to remove it, which is what comes next. False: nothing.
bool print_prunable(const Engine::Prunable& prunable, Engine& engine) {
  std::string containers, volumes, images;
  for (const engine::ContainerView& view : prunable.containers) {
    const std::string upper = engine.store().container_directory(view.row.id) + "/upper";
    containers += cat(short_id(view.row.id), "\t", view.row.name, "\t", view.status(now()), "\t",
                      short_size(tree_size(upper)), "\n");
  }
  for (const store::VolumeRow& volume : prunable.volumes) {
    volumes += cat(volume.name, "\t", short_size(tree_size(engine.store().volume_directory(volume.name))), "\n");
  }
  for (const store::ImageRow& image : prunable.images) {
    std::vector<std::string> names;
    for (const std::string& tag : image.tags) names.push_back(oci::parse_reference(tag).familiar());
    const std::string name = names.empty() ? "<none>" : join(names, ", ");
    images += cat(short_id(image.id.text()), "\t", name, "\t", short_size(image.size), "\n");
  }
  print_table("Containers to delete:", containers);
  print_table("Volumes to delete:", volumes);
  print_table("Images to delete:", images);
  return !(containers + volumes + images).empty();
}

// What the four have in common: the list, the question, the report.
class Prune : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-f,--force", force_);
    options.flag("--dry-run", dry_run_);
    options.each_of_engine("--filter", [this](const std::string& text) {
      filters_.add(text, filter_names());
      filter_texts_.push_back(text);
    });
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    Engine& engine = context.engine();
    const Engine::PruneOptions what = filtered();
    const Engine::Prunable prunable = engine.list_prunable(what);
    if (!force_ || dry_run_) {
      const bool any = print_prunable(prunable, engine);
      if (dry_run_ && !any) print_line("Nothing to delete.");
    }
    if (dry_run_ || (!force_ && !confirm(cat("WARNING! ", warning())))) return 0;
    Engine::Pruned pruned = engine.prune(what, prunable);
    pruned.freed += sweep(engine);
    print_pruned(pruned);
    return 0;
  }

 protected:
  virtual std::string warning() const = 0;
  virtual Engine::PruneOptions what() const = 0;
  virtual std::vector<std::string_view> filter_names() const { return {"until", "label", "label!"}; }
  virtual uint64_t sweep(Engine&) { return 0; }  // further garbage; bytes freed

  Filters filters_;
  std::vector<std::string> filter_texts_;  // as typed

 private:
  Engine::PruneOptions filtered() const {
    Engine::PruneOptions out = what();
    const auto& until = filters_.values("until");
    if (until.size() > 1) throw_error(ErrorKind::invalid, "more than one until filter specified");
    if (!until.empty()) out.until = parse_moment(until[0], now());
    if (filters_.has("label") || filters_.has("label!")) {
      out.wanted = [this](const std::map<std::string, std::string>& labels) {
        const bool excluded = filters_.has("label!") && filters_.labels_match(labels, "label!");
        return filters_.labels_match(labels) && !excluded;
      };
    }
    return out;
  }

  bool force_ = false, dry_run_ = false;
};

class PruneContainers : public Prune {
  std::string warning() const override { return "This will remove all stopped containers.\n"; }
  Engine::PruneOptions what() const override { return {.containers = true}; }
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
  Engine::PruneOptions what() const override { return {.images = true, .named_images = all_}; }

  bool all_ = false;
};

class PruneVolumes : public Prune {
 public:
  void declare(Options& options) override {
    Prune::declare(options);
    options.flag("-a,--all", all_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    if (all_ && filters_.has("all")) {
      throw_error(ErrorKind::invalid, "conflicting options: cannot specify both --all and --filter all=1");
    }
    return Prune::execute(context, options, operands);
  }

 private:
  bool all() const {
    return all_ ||
           (filters_.has("all") && filters_.any("all", [](const auto& value) { return is_true_word("all", value); }));
  }
  std::string warning() const override {
    return cat("This will remove ", all() ? "all" : "anonymous",
               " local volumes not used by at least one container.\n");
  }
  Engine::PruneOptions what() const override { return {.volumes = true, .named_volumes = all()}; }
  std::vector<std::string_view> filter_names() const override { return {"all", "label", "label!"}; }

  bool all_ = false;
};

class PruneSystem : public Prune {
 public:
  void declare(Options& options) override {
    Prune::declare(options);
    options.flag("-a,--all", all_);
    options.flag("--volumes", volumes_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    if (volumes_ && filters_.has("until")) {
      throw_error(ErrorKind::invalid, "ERROR: The \"until\" filter is not supported with \"--volumes\"");
    }
    return Prune::execute(context, options, operands);
  }

 private:
  std::string warning() const override {
    std::string text =
        cat("This will remove:\n  - all stopped containers\n",
            volumes_ ? "  - all anonymous volumes not used by at least one container\n" : "",
            all_ ? "  - all images without at least one container associated to them\n" : "  - all dangling images\n",
            "\n");
    if (filter_texts_.empty()) return text;
    text += "  Items to be pruned will be filtered with:\n";
    for (const std::string& filter : filter_texts_) text += cat("  - ", filter, "\n");
    return text + "\n";
  }
  Engine::PruneOptions what() const override {
    return {.containers = true, .images = true, .volumes = volumes_, .named_images = all_};
  }
  uint64_t sweep(Engine& engine) override { return engine.sweep(); }

  bool all_ = false, volumes_ = false;
};

}  // namespace

std::unique_ptr<Command> make_container_prune() {
  return std::make_unique<PruneContainers>();
}
std::unique_ptr<Command> make_image_prune() {
  return std::make_unique<PruneImages>();
}
std::unique_ptr<Command> make_volume_prune() {
  return std::make_unique<PruneVolumes>();
}
std::unique_ptr<Command> make_system_prune() {
  return std::make_unique<PruneSystem>();
}

}  // namespace minidock::cli
