// A layer's tar made into a tree file: names and attributes are kept, and where in the tar the data of each file is.
// Beside it the same index as of an unpacked layer. Runs in the jail (see archive/jail.h).
#pragma once

#include "store/archive/layer_sink.h"
#include "store/erofs/layer_builder.h"
#include "store/erofs/tree_index.h"

namespace minidock::store::erofs {

class TreeSink : public LayerSink {
 public:
  // Both are borrowed, empty files.
  TreeSink(int tree, int index, const UnpackLimits& limits) : limits_(limits), tree_(tree), index_(index) {}

  void make(const Entry& entry) override { builder_.make(entry); }
  void make_parents(const Entry& entry) override { builder_.make_parents(entry); }
  bool make_file(const Entry& entry, TarReader& reader) override;
  void finish(const LayerMarks& marks) override;

 private:
  const UnpackLimits& limits_;
  int tree_, index_;
  LayerBuilder builder_;
  InodeDigests digests_;
};

}  // namespace minidock::store::erofs
