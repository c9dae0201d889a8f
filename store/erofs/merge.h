// The layers of an image as one tree: what overlayfs would show of them stacked.
// Source: kernel Documentation/filesystems/overlayfs.rst "Upper and Lower", "whiteouts and opaque directories".
#pragma once

#include <cstdint>

#include "store/archive/unpack.h"
#include "store/erofs/tree.h"

namespace minidock::store::erofs {

class Merge {
 public:
  // The next layer, upon those before it: its tree file (borrowed, read from where it stands) and its tar's size.
  // Throws corrupt, and exhausted for more layers than an image may have.
  void add_layer(int tree_fd, uint64_t tar_bytes, const UnpackLimits& limits);
  const Tree& tree() const { return tree_; }
  // The same, no layer being added any more: smaller.
  const Tree& finish() {
    tree_.freeze();
    return tree_;
  }

 private:
  struct Layer;
  Tree tree_;
  size_t layers_ = 0;
};

}  // namespace minidock::store::erofs
