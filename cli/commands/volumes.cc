#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/each.h"
#include "cli/format/list.h"
#include "cli/options/environment.h"
#include "cli/output.h"
#include "cli/view/filter.h"
#include "cli/view/human.h"
#include "cli/view/volume_json.h"

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

class CreateVolume : public Command {
 public:
  void declare(Options& options) override {
    options.text("-d,--driver", driver_);
    options.each("--label", [this](const std::string& text) { add_label(labels_, text); });
    options.each("-o,--opt", [this](const std::string& text) {
      const size_t equals = text.find('=');
      options_[text.substr(0, equals)] = equals == std::string::npos ? "" : text.substr(equals + 1);
    });
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 1);
    const std::string name = operands.empty() ? "" : operands[0];
    if (driver_ != "local") {
      throw_error(ErrorKind::unsupported, "create ", printable(name), ": error looking up volume plugin ",
                  printable(driver_), ": plugin \"", printable(driver_), "\" not found");
    }
    print_line(context.engine().create_volume(name, labels_, options_));
    return 0;
  }

 private:
  std::string driver_ = "local";
  std::map<std::string, std::string> labels_, options_;
};

class ListVolumes : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-q,--quiet", quiet_);
    options.each_of_engine("-f,--filter", [this](const std::string& text) {
      filters_.add(text, {"name", "dangling", "driver", "label"});
    });
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
      const auto is_local = [](const std::string& value) { return value == "local"; };
      if (!filters_.any("name", fits) || !filters_.any("dangling", dangles) || !filters_.any("driver", is_local) ||
          !filters_.labels_match(labels_of(volume)))
        continue;
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
    const auto labels = labels_of(volume);
    return {Json{{"Driver", "local"},
                 {"Labels", labels_text(labels)},
                 {"Links", "N/A"},
                 {"Mountpoint", engine.store().volume_directory(volume.name)},
                 {"Name", volume.name},
                 {"Scope", "local"},
                 {"Size", "N/A"}},
            Json(labels)};
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
      if (!force_ && !find_volume(name, engine)) {
        throw_error(ErrorKind::not_found, "No such volume: ", printable(name));
      }
      try {
        engine.remove_volume(name);
      } catch (const Error& error) {
        throw error.with_context(cat("remove ", printable(name)));
      }
    });
  }

 private:
  bool force_ = false;
};

}  // namespace

std::unique_ptr<Command> make_volume_create() {
  return std::make_unique<CreateVolume>();
}
std::unique_ptr<Command> make_volume_ls() {
  return std::make_unique<ListVolumes>();
}
std::unique_ptr<Command> make_volume_rm() {
  return std::make_unique<RemoveVolume>();
}

}  // namespace minidock::cli
