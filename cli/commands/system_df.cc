#include <set>

#include "cli/commands/commands.h"
#include "cli/format/list.h"
#include "cli/output.h"
#include "cli/view/human.h"
#include "cli/view/tree_size.h"

namespace minidock::cli {
namespace {

struct Usage {
  std::string type;
  uint64_t total = 0, active = 0, bytes = 0, reclaimable = 0;
};

class SystemDf : public Command {
 public:
  void declare(Options& options) override { options.text("--format", format_); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    engine::Engine& engine = context.engine();
    const auto containers = engine.list();
    std::vector<format::ListLine> lines;
    for (const Usage& usage :
         {images(engine, containers), own_files(engine, containers), volumes(engine, containers)}) {
      lines.push_back(line_of(usage));
    }
    print(format::list_text(format_, kind(), lines));
    return 0;
  }

 private:
  using Containers = std::vector<engine::ContainerView>;

  static Usage images(engine::Engine& engine, const Containers& containers) {
    std::set<oci::ImageId> used;
    std::set<oci::DiffId> used_layers;
    for (const auto& container : containers) used.insert(container.row.image);
    Usage usage{"Images"};
    for (const store::ImageRow& image : engine.store().list_images()) {
      const bool active = used.contains(image.id);
      ++usage.total;
      usage.active += active;
      usage.bytes += image.size;
      usage.reclaimable += active ? 0 : image.size;
      if (active) used_layers.insert(image.layers.begin(), image.layers.end());
    }
    for (const store::LayerRow& layer : engine.store().list_layers()) {
      usage.bytes += layer.kept_bytes;
      usage.reclaimable += used_layers.contains(layer.diff_id) ? 0 : layer.kept_bytes;
    }
    return usage;
  }

  static Usage own_files(engine::Engine& engine, const Containers& containers) {
    Usage usage{"Containers"};
    for (const auto& container : containers) {
      const bool active = container.is_up();
      const uint64_t bytes = tree_size(cat(engine.store().container_directory(container.row.id), "/upper"));
      ++usage.total;
      usage.active += active;
      usage.bytes += bytes;
      usage.reclaimable += active ? 0 : bytes;
    }
    return usage;
  }

  static Usage volumes(engine::Engine& engine, const Containers& containers) {
    std::set<std::string> used;
    for (const auto& container : containers) {
      for (const auto& mount : container.config().mounts) {
        if (mount.type == "volume") used.insert(mount.source);
      }
    }
    Usage usage{"Local Volumes"};
    for (const store::VolumeRow& volume : engine.store().list_volumes()) {
      const bool active = used.contains(volume.name);
      const uint64_t bytes = tree_size(engine.store().volume_directory(volume.name));
      ++usage.total;
      usage.active += active;
      usage.bytes += bytes;
      usage.reclaimable += active ? 0 : bytes;
    }
    return usage;
  }

  static format::ListLine line_of(const Usage& usage) {
    std::string reclaimable = short_size(usage.reclaimable);
    if (usage.bytes != 0) reclaimable += cat(" (", usage.reclaimable * 100 / usage.bytes, "%)");
    return {Json{{"Active", cat(usage.active)},
                 {"Reclaimable", reclaimable},
                 {"Size", short_size(usage.bytes)},
                 {"TotalCount", cat(usage.total)},
                 {"Type", usage.type}},
            Json::object()};
  }

  static const format::ListKind& kind() {
    static const format::ListKind kind = {"{{.Type}}\\t{{.TotalCount}}\\t{{.Active}}\\t{{.Size}}\\t{{.Reclaimable}}",
                                          {{"Type", "TYPE"},
                                           {"TotalCount", "TOTAL"},
                                           {"Active", "ACTIVE"},
                                           {"Size", "SIZE"},
                                           {"Reclaimable", "RECLAIMABLE"}}};
    return kind;
  }

  std::string format_;
};

}  // namespace

std::unique_ptr<Command> make_system_df() {
  return std::make_unique<SystemDf>();
}

}  // namespace minidock::cli
