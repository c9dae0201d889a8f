// What becomes of the entries of a layer's tar once they are checked: files below a directory (unpacked_layer.h), or a
// tree in memory (store/erofs/tree_sink.h).
#pragma once

#include <cerrno>
#include <string>
#include <vector>

#include "store/archive/entry.h"
#include "store/archive/tar_reader.h"

namespace minidock::store {

// What a layer hides of those below it.
// spec: image-spec layer.md "Whiteouts": never what the layer has itself, wherever in the tar the mark stands. So marks
// count when all else is there.
struct LayerMarks {
  struct Removal {
    std::string path;  // of what is removed
    Nanoseconds mtime = 0;

    // kernel: overlayfs takes a character device 0:0 for a name that is removed.
    Entry entry() const {
      Entry mark;
      mark.path = path;
      mark.type = EntryType::character_device;
      mark.mtime = mtime;
      return mark;
    }
  };
  // A name that the layer has itself is no mark any more: a directory is opaque then, all else hides what is below
  // anyway.
  std::vector<Removal> removed;     // by their paths
  std::vector<std::string> opaque;  // directories; marks of removed names in these go: they hide nothing more
};

// Whether the layer has something else in the place of the directory that a mark lies in, which hides what is below.
inline bool is_no_directory(int error_number) {
  return error_number == ENOTDIR || error_number == ELOOP;
}

class LayerSink {
 public:
  virtual ~LayerSink() = default;
  // Anything but a file.
  virtual void make(const Entry& entry) = 0;
  // The file that `reader` stands at. False if it lost extended attributes.
  virtual bool make_file(const Entry& entry, TarReader& reader) = 0;
  // The directory that `entry` lies in, where the archive has no entry for it.
  virtual void make_parents(const Entry& entry) = 0;
  virtual void finish(const LayerMarks& marks) = 0;  // after the last entry
};

}  // namespace minidock::store
