#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/each.h"
#include "cli/format/list.h"
#include "cli/output.h"
#include "cli/view/filter.h"

namespace minidock::cli {
namespace {

std::vector<std::string> users_of(const std::string& volume, engine::Engine& engine) {
  std::vector<std::string> users;
  for (const engine::ContainerView& container : engine.list()) {
    const auto& mounts = container.config().mounts;
    const bool uses = std::any_of(mounts.begin(), mounts.end(), [&](const engine::MountOption& mount) {
      return mount.type == "volume" && mount.source == volume;
    });
    if (uses) users.push_back(container.row.id);
  }
  return users;
}

store::VolumeRow load_volume(const std::string& name, engine::Engine& engine) {
  for (store::VolumeRow& volume : engine.store().list_volumes()) {
    if (volume.name == name) return std::move(volume);
  }
  throw_error(ErrorKind::not_found, "No such volume: ", printable(name));
}

class ListVolumes : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-q,--quiet", quiet_);
    options.each("-f,--filter", [this](const std::string& text) { filters_.add(text, {"name", "dangling"}); });
    options.text("--format", format_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    engine::Engine& engine = context.engine();
    std::vector<format::ListLine> lines;
    for (const store::VolumeRow& volume : engine.store().list_volumes()) {
      const auto fits = [&](const std::string& value) { return name_matches(volume.name, value); };
      const auto dangles = [&](const std::string& value) {
        return (value == "true") == users_of(volume.name, engine).empty();
      };
      if (!filters_.any("name", fits) || !filters_.any("dangling", dangles)) continue;
      if (quiet_ && format_.empty()) print_line(volume.name);
      lines.push_back(line_of(volume, engine));
    }
    if (!quiet_ || !format_.empty()) print(format::list_text(format_, kind(), lines));
    return 0;
  }

 private:
  static const format::ListKind& kind() {
    static const format::ListKind kind = {"{{.Driver}}\\t{{.Name}}",
                                          {{"Driver", "DRIVER"},
                                           {"Name", "VOLUME NAME"},
                                           {"Mountpoint", "MOUNTPOINT"},
                                           {"Scope", "SCOPE"},
                                           {"Size", "SIZE"},
                                           {"Labels", "LABELS"},
                                           {"Links", "LINKS"}}};
    return kind;
  }

  static format::ListLine line_of(const store::VolumeRow& volume, engine::Engine& engine) {
    return {Json{{"Driver", "local"},
                 {"Labels", ""},
                 {"Links", "N/A"},
                 {"Mountpoint", engine.store().volume_directory(volume.name)},
                 {"Name", volume.name},
                 {"Scope", "local"},
                 {"Size", "N/A"}},
            Json::object()};
  }

  bool quiet_ = false;
  Filters filters_;
  std::string format_;
};

class RemoveVolume : public Command {
 public:
  void declare(Options& options) override { options.flag("-f,--force", force_); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    engine::Engine& engine = context.engine();
    return for_each_named(operands, [&](const std::string& name) {
      if (!force_) load_volume(name, engine);
      const auto users = users_of(name, engine);
      if (!users.empty()) {
        throw_error(ErrorKind::in_use, "cannot remove volume ", printable(name), ": volume is in use - [",
                    join(users, ", "), "]; remove the container first");
      }
      engine.store().remove_volume(name);
    });
  }

 private:
  bool force_ = false;
};

}  // namespace

std::unique_ptr<Command> make_volume_ls() {
  return std::make_unique<ListVolumes>();
}
std::unique_ptr<Command> make_volume_rm() {
  return std::make_unique<RemoveVolume>();
}

}  // namespace minidock::cli
