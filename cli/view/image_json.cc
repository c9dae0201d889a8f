#include "cli/view/image_json.h"

#include "cli/view/container_json.h"

namespace minidock::cli {

namespace {

// With a key for what the image does not say too: a template that names one must not fail.
Json image_defaults_json(const oci::ContainerDefaults& defaults) {
  Json json = defaults_json(defaults);
  for (const char* key : {"User", "WorkingDir"}) {
    if (!json.contains(key)) json[key] = "";
  }
  for (const char* key : {"Env", "Cmd", "Entrypoint", "Volumes", "Labels", "OnBuild"}) {
    if (!json.contains(key)) json[key] = nullptr;
  }
  return json;
}

}  // namespace

Json image_json(const store::ImageRow& row, engine::Engine& engine) {
  const oci::ImageConfig config = oci::parse_image_config(row.config_json);
  Json tags = Json::array(), digests = Json::array(), layers = Json::array();
  for (const std::string& tag : row.tags) tags.push_back(oci::parse_reference(tag).familiar());
  for (const std::string& digest : row.digests) digests.push_back(oci::parse_reference(digest).familiar());
  for (const oci::DiffId& layer : row.layers) layers.push_back(layer.text());
  const auto directories = engine.store().layer_directories(row);
  Json data = Json::object();
  if (directories.size() > 1) {
    data["LowerDir"] = join(std::vector<std::string>(directories.begin() + 1, directories.end()), ":");
  }
  data["UpperDir"] = directories.empty() ? "" : directories[0];
  return Json{{"Id", row.id.text()},
              {"RepoTags", tags},
              {"RepoDigests", digests},
              {"Parent", ""},
              {"Comment", config.history.empty() ? "" : config.history.back().comment},
              {"Created", config.created},
              {"DockerVersion", ""},
              {"Author", config.author},
              {"Config", image_defaults_json(config.config)},
              {"Architecture", config.architecture},
              {"Variant", config.variant},
              {"Os", config.os},
              {"Size", row.size},
              {"GraphDriver", Json{{"Data", data}, {"Name", engine.store().driver_name()}}},
              {"RootFS", Json{{"Type", "layers"}, {"Layers", layers}}},
              {"Metadata", Json{{"LastTagTime", rfc3339(row.stored)}}}};
}

}  // namespace minidock::cli
