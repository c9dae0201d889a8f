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

// One more name that is seen. -> the bytes that come with it.
uint64_t ImageFiles::show(size_t layer, const store::IndexEntry& entry) {
  return entry.link == 0 || names_[{layer, entry.link}]++ == 0 ? entry.size : 0;
}

// One less. -> the bytes that nobody sees any more.
uint64_t ImageFiles::hide(const Place& place) {
  return place.entry.link == 0 || --names_[{place.layer, place.entry.link}] == 0 ? place.entry.size : 0;
}

// An index names a directory before what is in it, so what an opaque one hides is older than all that follows.
void ImageFiles::apply(size_t layer, const store::IndexEntry& entry) {
  if (entry.path == ".") return take_away(layer, "", false);  // the root, listed only where it is opaque
  if (is_whiteout(entry)) return take_away(layer, entry.path, true);
  LayerChange change{layer, 'A', entry, 0, 0};
  const auto before = tree_.find(entry.path);
  if (before != tree_.end()) {
    change.kind = 'C';
    const bool stays_directory = S_ISDIR(entry.mode) && S_ISDIR(before->second.entry.mode);
    if (!stays_directory || entry.opaque) take_away(layer, entry.path, false);
    change.wasted_bytes = hide(before->second);
  }
  change.bytes = show(layer, entry);
  tree_[entry.path] = {layer, entry};
  if (visit_) visit_(change);
}

// All below `path` ("" is the root), and what bears the path too if `itself`. Of this layer there is nothing yet.
void ImageFiles::take_away(size_t layer, const std::string& path, bool itself) {
  const auto remove = [&](Tree::iterator at) {
    const uint64_t wasted = hide(at->second);
    if (visit_) visit_({layer, 'D', at->second.entry, 0, wasted});
    return tree_.erase(at);
  };
  if (itself) {
    if (const auto at = tree_.find(path); at != tree_.end()) remove(at);
  }
  auto at = path.empty() ? tree_.begin() : tree_.lower_bound(path + "/");
  while (at != tree_.end() && (path.empty() || is_below(at->first, path))) at = remove(at);
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
