// The archives of `docker save`: manifest.json names configs and layers; before docker 1.10 there was `repositories`
// alone, and each layer was an image with a parent.
#include "oci/docker_archive.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "store/archive/archive_input.h"
#include "store/archive/path.h"
#include "store/load/image_plan.h"

namespace minidock::store {

namespace {

// HEX.json, blobs/sha256/HEX, sha256:HEX: what writers call a file by its digest.
std::optional<oci::Digest> digest_in_name(std::string_view name) {
  std::string_view leaf = leaf_of(name);
  if (leaf.ends_with(".json")) leaf.remove_suffix(5);
  if (leaf.starts_with("sha256:")) leaf.remove_prefix(7);
  return oci::Digest::parse_hex(leaf);
}

PlannedLayer plan_layer_file(ImageSource& source, const std::string& file, const oci::DiffId& diff_id) {
  PlannedLayer layer{file, diff_id, std::nullopt, ""};
  // Docker's blobs have the digest of what is in them; elsewhere a name is only a name.
  if (file.starts_with("blobs/sha256/")) layer.digest = digest_in_name(file);
  if (!source.find(file)) layer.lacking = cat(shown(file), " is not in the archive");
  return layer;
}

// SHA-256 of the tar in a layer's file.
oci::DiffId find_diff_id(ImageSource& source, const std::string& file) {
  const std::optional<Piece> piece = source.find(file);
  if (!piece) throw_error(ErrorKind::corrupt, shown(file), " is not in the archive");
  ArchiveInput input(piece->fd, {}, piece->range);
  oci::Hasher hasher;
  for (std::string_view bytes = input.next(); !bytes.empty(); bytes = input.next()) hasher.update(bytes);
  return {hasher.finish()};
}

// The chain of an old image, bottom first.
PlannedImage plan_old_image(ImageSource& source, const std::string& id, const std::vector<std::string>& names) {
  constexpr size_t kMostParents = 127;
  std::vector<oci::OldImage> chain;
  std::vector<std::string> files;
  for (std::string at = id; !at.empty(); at = chain.back().parent) {
    // security: becomes a part of names that are looked up.
    if (!oci::Digest::parse_hex(at))
      throw_error(ErrorKind::corrupt, "\"", printable(at.substr(0, 80)), "\" is no image's ID");
    if (chain.size() == kMostParents)
      throw_error(ErrorKind::corrupt, "image ", id, ": more than ", kMostParents, " parents");
    chain.push_back(oci::parse_old_image(source.read_text(at + "/json"), at + "/json"));
    files.push_back(at + "/layer.tar");
  }
  std::reverse(chain.begin(), chain.end());
  std::reverse(files.begin(), files.end());
  std::vector<oci::DiffId> layers;
  for (const std::string& file : files) layers.push_back(find_diff_id(source, file));
  PlannedImage image = plan_image(oci::modern_config(chain, layers), names);
  for (size_t i = 0; i < files.size(); ++i) image.layers.push_back({files[i], layers[i], std::nullopt, ""});
  return image;
}

}  // namespace

std::vector<PlannedImage> plan_docker_archive(ImageSource& source) {
  std::vector<PlannedImage> images;
  for (const oci::ArchivedImage& entry : oci::parse_docker_manifest(source.read_text("manifest.json"))) {
    std::string config = source.read_text(entry.config);
    const std::optional<oci::Digest> named = digest_in_name(entry.config);
    if (named && *named != oci::sha256(config)) {
      throw_error(ErrorKind::corrupt, shown(entry.config), ": its SHA-256 is ", oci::sha256(config).hex(),
                  "; get the archive again");
    }
    PlannedImage image = plan_image(std::move(config), entry.tags);
    require_layer_count(image, entry.layers.size());
    for (size_t i = 0; i < entry.layers.size(); ++i) {
      image.layers.push_back(plan_layer_file(source, entry.layers[i], image.config.diff_ids[i]));
    }
    images.push_back(std::move(image));
  }
  return images;
}

std::vector<PlannedImage> plan_old_archive(ImageSource& source) {
  // One image may have several names.
  std::map<std::string, std::vector<std::string>> names;
  for (const auto& [repository, tags] : oci::parse_repositories(source.read_text("repositories"))) {
    for (const auto& [tag, id] : tags) names[id].push_back(cat(repository, ":", tag));
  }
  std::vector<PlannedImage> images;
  for (const auto& [id, its_names] : names) images.push_back(plan_old_image(source, id, its_names));
  return images;
}

}  // namespace minidock::store
