// The files of an image, told from the indexes of its layers: nothing is mounted or unpacked.
// A path is written without a leading "/". Throws what Store::read_layer() throws.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "store/archive/layer_index.h"
#include "store/store.h"

namespace minidock::engine {

// What one layer does to one path. `kind`: 'A' adds it, 'C' changes what a layer below has, 'D' takes that away.
struct LayerChange {
  size_t layer = 0;  // 0 is the lowest
  char kind = 'A';
  store::IndexEntry entry;    // of 'D': what was taken away
  uint64_t bytes = 0;         // that it adds: a file of several names has them with the first
  uint64_t wasted_bytes = 0;  // of what nobody sees any more from now on
};

class ImageFiles {
 public:
  struct Place {
    size_t layer = 0;
    store::IndexEntry entry;
  };
  using Tree = std::map<std::string, Place>;

  // Puts the layers on each other, the lowest first; `visit` (may be empty) is told of each change.
  ImageFiles(store::Store& store, const std::vector<oci::DiffId>& layers,
             const std::function<void(const LayerChange&)>& visit = {});
  const Tree& tree() const { return tree_; }  // what a container sees

 private:
  void apply(size_t layer, const store::IndexEntry& entry);
  void take_away(size_t layer, const std::string& path, bool itself);
  uint64_t show(size_t layer, const store::IndexEntry& entry);
  uint64_t hide(const Place& place);

  const std::function<void(const LayerChange&)>& visit_;
  Tree tree_;
  std::map<std::pair<size_t, uint64_t>, size_t> names_;  // layer and link -> so many names of it are seen
};

// Whether two entries of one path would look the same in a container, times left aside.
bool is_same_file(const store::IndexEntry& one, const store::IndexEntry& other);

// The instruction that made each layer, bottom first, "" where the history does not say.
std::vector<std::string> layer_makers(const oci::ImageConfig& config);

// What `to` has that `from` has not, and the other way round: by path, directories that hold a change among them.
struct PathChange {
  char kind;  // 'A', 'C', 'D'
  std::string path;
};
std::vector<PathChange> compare_images(const ImageFiles& from, const ImageFiles& to);

}  // namespace minidock::engine
