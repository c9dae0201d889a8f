#include "cli/view/volume_json.h"

namespace minidock::cli {

std::optional<store::VolumeRow> find_volume(const std::string& name, engine::Engine& engine) {
  for (store::VolumeRow& volume : engine.store().list_volumes()) {
    if (volume.name == name) return std::move(volume);
  }
  return std::nullopt;
}

std::map<std::string, std::string> labels_of(const store::VolumeRow& volume) {
  return Json::parse(volume.labels_json).get<std::map<std::string, std::string>>();
}

Json volume_json(const store::VolumeRow& volume, engine::Engine& engine) {
  const auto labels = labels_of(volume), options = engine.volume_options(volume);
  return Json{{"CreatedAt", rfc3339(volume.created)},
              {"Driver", "local"},
              {"Labels", labels.empty() ? Json() : Json(labels)},
              {"Mountpoint", engine.store().volume_directory(volume.name)},
              {"Name", volume.name},
              {"Options", options.empty() ? Json() : Json(options)},
              {"Scope", "local"}};
}

}  // namespace minidock::cli
