#include "engine/image_files.h"

#include <algorithm>

namespace minidock::engine {

namespace {

// Of a layer on the disk: overlayfs' mark for a name that is hidden.
bool is_whiteout(const store::IndexEntry& entry) {
  return S_ISCHR(entry.mode) && entry.device == 0;
}

bool is_below(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() && path[directory.size()] == '/' && path.starts_with(directory);
}

}  // namespace

ImageFiles::ImageFiles(store::Store& store, const std::vector<oci::DiffId>& layers,
                       const std::function<void(const LayerChange&)>& visit)
    : visit_(visit) {
  for (size_t layer = 0; layer < layers.size(); ++layer) {
    store.read_layer(layers[layer], [&](const store::IndexEntry& entry) { apply(layer, entry); });
  }
}

void ImageFiles::tell(size_t layer, char kind, const store::IndexEntry& entry, uint64_t wasted) const {
  if (visit_) visit_({layer, kind, entry, wasted});
}

// An index names a directory before what is in it, so what an opaque one hides is older than all that follows.
void ImageFiles::apply(size_t layer, const store::IndexEntry& entry) {
  if (entry.path == ".") return take_away(layer, "", false);  // the root, listed only where it is opaque
  if (is_whiteout(entry)) return take_away(layer, entry.path, true);
  const auto before = tree_.find(entry.path);
  if (before == tree_.end()) {
    tree_[entry.path] = {layer, entry};
    return tell(layer, 'A', entry, 0);
  }
  const bool stays_directory = S_ISDIR(entry.mode) && S_ISDIR(before->second.entry.mode);
  if (!stays_directory || entry.opaque) take_away(layer, entry.path, false);
  const uint64_t wasted = before->second.entry.size;
  before->second = {layer, entry};
  tell(layer, 'C', entry, wasted);
}

// All below `path` ("" is the root), and what bears the path too if `itself`. Of this layer there is nothing yet.
void ImageFiles::take_away(size_t layer, const std::string& path, bool itself) {
  auto at = path.empty() ? tree_.begin() : tree_.lower_bound(path);
  if (at != tree_.end() && at->first == path) {
    if (itself) {
      tell(layer, 'D', at->second.entry, at->second.entry.size);
      at = tree_.erase(at);
    } else {
      ++at;
    }
  }
  if (!path.empty()) at = tree_.lower_bound(path + "/");
  while (at != tree_.end() && (path.empty() || is_below(at->first, path))) {
    tell(layer, 'D', at->second.entry, at->second.entry.size);
    at = tree_.erase(at);
  }
}

bool is_same_file(const store::IndexEntry& one, const store::IndexEntry& other) {
  return one.mode == other.mode && one.uid == other.uid && one.gid == other.gid && one.size == other.size &&
         one.target == other.target && one.sha256 == other.sha256 &&
         (!(S_ISCHR(one.mode) || S_ISBLK(one.mode)) || one.device == other.device);
}

std::vector<std::string> layer_makers(const oci::ImageConfig& config) {
  std::vector<std::string> makers;
  for (const oci::History& entry : config.history) {
    if (!entry.empty_layer) makers.push_back(entry.created_by);
  }
  makers.resize(config.diff_ids.size());
  return makers;
}

std::vector<PathChange> compare_images(const ImageFiles& from, const ImageFiles& to) {
  std::map<std::string, char> changes;
  for (const auto& [path, place] : to.tree()) {
    const auto before = from.tree().find(path);
    if (before == from.tree().end()) {
      changes[path] = 'A';
    } else if (!is_same_file(before->second.entry, place.entry)) {
      changes[path] = 'C';
    }
  }
  for (const auto& [path, place] : from.tree()) {
    if (!to.tree().contains(path)) changes[path] = 'D';
  }
  std::vector<std::string> parents;
  for (const auto& [path, kind] : changes) {
    for (size_t slash = path.rfind('/'); slash != std::string::npos; slash = path.rfind('/', slash - 1)) {
      parents.push_back(path.substr(0, slash));
      if (slash == 0) break;
    }
  }
  for (const std::string& parent : parents) changes.try_emplace(parent, 'C');
  std::vector<PathChange> out;
  for (const auto& [path, kind] : changes) out.push_back({kind, path});
  return out;
}

}  // namespace minidock::engine
