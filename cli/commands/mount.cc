// mount and unmount: podman's verbs.
#include "cli/commands/commands.h"
#include "cli/each.h"
#include "cli/errors.h"
#include "cli/format/list.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/view/human.h"

namespace minidock::cli {
namespace {

struct Mounted {
  std::string id, name, path;
};

class Mount : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-a,--all", all_);
    options.flag("--no-trunc,--notruncate", no_truncation_);
    options.each("--format", [this](const std::string& text) {
      if (text != "json") throw_error(ErrorKind::invalid, "unknown --format argument: ", printable(text));
      json_ = true;
    });
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    if (all_ && !operands.empty()) throw UsageError(options.command(), "cannot combine names with --all", 125);
    engine::Engine& engine = context.engine();
    std::vector<Mounted> mounted;
    int status = 0;
    if (operands.empty()) {
      for (const engine::ContainerView& view : engine.list()) {
        const std::string path = all_ ? engine.mount(view.row.id) : engine.find_mount(view.row.id);
        if (!path.empty()) mounted.push_back({view.row.id, view.row.name, path});
      }
    } else {
      status = for_each_operand(operands, [&](const std::string& name) {
        const store::ContainerRow row = engine.store().load_container(name);
        mounted.push_back({row.id, row.name, engine.mount(row.id)});
      });
    }
    print_mounted(mounted, operands.size() == 1);
    return status;
  }

 private:
  void print_mounted(const std::vector<Mounted>& mounted, bool alone) const {
    if (json_) {
      Json list = Json::array();
      for (const Mounted& one : mounted) {
        list.push_back({{"id", one.id}, {"Names", Json::array({one.name})}, {"mountpoint", one.path}});
      }
      print_line(list.dump(1));
      return;
    }
    std::string rows;
    for (const Mounted& one : mounted) {
      rows += alone ? one.path : cat(no_truncation_ ? one.id : short_id(one.id), "\t", one.path);
      rows += '\n';
    }
    print(align_columns(rows));
  }

  bool all_ = false, no_truncation_ = false, json_ = false;
};

class Unmount : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-a,--all", all_);
    options.flag("-f,--force", force_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    if (all_ && !operands.empty()) throw UsageError(options.command(), "cannot combine names with --all", 125);
    engine::Engine& engine = context.engine();
    std::vector<std::string> names = operands;
    if (all_) {
      for (const engine::ContainerView& view : engine.list()) {
        if (!engine.find_mount(view.row.id).empty()) names.push_back(view.row.id);
      }
    } else {
      require_operands(options, operands, 1, 0);
    }
    return for_each_named(names, [&](const std::string& name) { engine.unmount(name, force_); });
  }

 private:
  bool all_ = false, force_ = false;
};

}  // namespace

std::unique_ptr<Command> make_mount() {
  return std::make_unique<Mount>();
}
std::unique_ptr<Command> make_unmount() {
  return std::make_unique<Unmount>();
}

}  // namespace minidock::cli
