// What becomes of the entries of a layer's tar once they are checked: files below a directory (unpacked_layer.h), or a
// tree in memory (store/erofs/tree_sink.h).
#pragma once

#include <string>
#include <vector>

#include "store/archive/entry.h"
#include "store/archive/tar_reader.h"

namespace minidock::store {

class LayerSink {
 public:
  virtual ~LayerSink() = default;
  // Anything but a file. A character device 0:0 is overlayfs' mark of a name that is removed.
  virtual void make(const Entry& entry) = 0;
  // The file that `reader` stands at. False if it lost extended attributes.
  virtual bool make_file(const Entry& entry, TarReader& reader) = 0;
  // The directory that `entry` lies in, where the archive has no entry for it.
  virtual void make_parents(const Entry& entry) = 0;
  // After the last entry. `opaque`: directories of the layer that hide what the layers below have in them. Marks of
  // removed names in these go: they hide nothing more.
  virtual void finish(const std::vector<std::string>& opaque) = 0;
};

}  // namespace minidock::store
