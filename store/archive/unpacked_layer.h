// A layer's tar unpacked below a directory, and the index of what is there. Runs in the jail (see jail.h).
#pragma once

#include "store/archive/layer_index.h"
#include "store/archive/layer_sink.h"
#include "store/archive/layer_tree.h"
#include "store/archive/layer_walk.h"

namespace minidock::store {

constexpr char kOpaqueMark = 'o', kHidingMark = 'h';

class UnpackedLayer : public LayerSink {
 public:
  // All borrowed. `root` is the empty directory that becomes the layer; `marks` and `index` are empty files.
  UnpackedLayer(int root, int index, int marks, const UnpackLimits& limits)
      : limits_(limits), tree_(root), root_(root), index_(index), marks_(marks) {}

  void make(const Entry& entry) override { tree_.make(entry); }
  void make_parents(const Entry& entry) override { tree_.find_mode(entry); }
  bool make_file(const Entry& entry, TarReader& reader) override;
  // Marks on directories are the parent's to set. To `marks` goes for each a letter, its path, and a zero byte:
  // kOpaqueMark for an opaque one, kHidingMark for one with removed names in it.
  void finish(const LayerMarks& marks) override;

 private:
  bool is_directory_of_layer(const LayerMarks::Removal& removal);
  OpaqueDirectories settle_opaque(const std::vector<std::string>& opaque) const;

  const UnpackLimits& limits_;
  LayerTree tree_;
  int root_, index_, marks_;
  FileDigests digests_;
};

}  // namespace minidock::store
