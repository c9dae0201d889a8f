#include "oci/docker_archive.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "oci/json_fields.h"

namespace minidock::oci {

namespace {
constexpr const char* kManifest = "manifest.json";
constexpr const char* kRepositories = "repositories";

// An array that no object holds, for a reader of objects.
nlohmann::json wrapped(std::string_view text, const char* document) {
  nlohmann::json list = parse_json_strictly(text, document, ErrorKind::corrupt);
  if (!list.is_array()) throw_error(ErrorKind::corrupt, document, ": expected JSON array");
  return nlohmann::json{{"images", std::move(list)}};
}
}  // namespace

std::vector<ArchivedImage> parse_docker_manifest(std::string_view text) {
  const nlohmann::json document = wrapped(text, kManifest);
  const JsonReader from(document, kManifest, ErrorKind::corrupt);
  std::vector<ArchivedImage> images;
  for (const JsonReader& entry : from.list("images")) {
    ArchivedImage& image = images.emplace_back();
    entry.read("Config", image.config);
    entry.read("RepoTags", image.tags);
    entry.read("Layers", image.layers);
    if (image.config.empty()) entry.fail("Config", "is missing");
  }
  return images;
}

std::string to_json(const std::vector<ArchivedImage>& images) {
  nlohmann::json out = nlohmann::json::array();
  for (const ArchivedImage& image : images) {
    nlohmann::json tags = image.tags.empty() ? nlohmann::json(nullptr) : nlohmann::json(image.tags);
    out.push_back({{"Config", image.config}, {"RepoTags", std::move(tags)}, {"Layers", image.layers}});
  }
  return dump_json(out);
}

Repositories parse_repositories(std::string_view text) {
  const nlohmann::json document = parse_json_strictly(text, kRepositories, ErrorKind::corrupt);
  const JsonReader from(document, kRepositories, ErrorKind::corrupt);
  Repositories out;
  for (const auto& [name, tags] : document.items()) from.read(name.c_str(), out[name]);
  return out;
}

std::string to_json(const Repositories& repositories) {
  return dump_json(nlohmann::json(repositories));
}

OldImage parse_old_image(std::string_view text, std::string_view name) {
  const nlohmann::json document = parse_json_strictly(text, name, ErrorKind::corrupt);
  const JsonReader from(document, name, ErrorKind::corrupt);
  OldImage image;
  from.read("parent", image.parent);
  image.text = text;
  return image;
}

std::string modern_config(const std::vector<OldImage>& images, const std::vector<DiffId>& layers) {
  nlohmann::json history = nlohmann::json::array();
  nlohmann::json top;
  for (const OldImage& image : images) {
    top = nlohmann::json::parse(image.text);  // has been parsed before
    nlohmann::json entry = nlohmann::json::object();
    for (const char* key : {"created", "author", "comment"}) {
      if (top.contains(key) && top[key].is_string() && top[key] != "") entry[key] = top[key];
    }
    const auto container = top.find("container_config");
    if (container != top.end() && container->is_object() && container->contains("Cmd") &&
        (*container)["Cmd"].is_array()) {
      std::vector<std::string> words;
      for (const nlohmann::json& word : (*container)["Cmd"]) {
        if (word.is_string()) words.push_back(word.get<std::string>());
      }
      entry["created_by"] = join(words, " ");
    }
    history.push_back(std::move(entry));
  }
  // What said where it belonged in the old form.
  for (const char* key : {"id", "parent", "parent_id", "layer_id", "Size", "throwaway"}) top.erase(key);
  if (!top.contains("architecture")) top["architecture"] = host_architecture();
  if (!top.contains("os")) top["os"] = "linux";
  nlohmann::json diff_ids = nlohmann::json::array();
  for (const DiffId& layer : layers) diff_ids.push_back(layer.text());
  top["rootfs"] = {{"type", "layers"}, {"diff_ids", std::move(diff_ids)}};
  top["history"] = std::move(history);
  return dump_json(top);
}

}  // namespace minidock::oci
