// layer.json: what a layer's directory holds, so that it can be checked later, file by file.
//
//   {"version":1,"entries":[
//   {"path":"etc","type":"directory","mode":"0755","uid":0,"gid":0,"mtime":1700000000000000000},
//   {"path":"etc/passwd","type":"file","mode":"0644","uid":0,"gid":0,"mtime":…,"size":922,"sha256":"…"},
//   {"path":"bin","type":"symlink",…,"target":"usr/bin"}
//   ]}
//
// One JSON document and one entry a line, packed (packed_file.h): written and read as a stream. Entries come in the
// order of a walk, names by their bytes within a directory, a directory before what is in it; the root itself is left
// out, but where it is opaque, and then it is ".". "opaque":true is said of directories that hide what the layers below
// have in them; the names of one file have the same number in "link". mode is octal; mtime nanoseconds since 1970.
// type: file, directory, symlink, fifo, character, block; the last two have "device":"MAJOR:MINOR". JSON holds UTF-8
// only: a path or target that is not has "path_hex" or "target_hex" instead, two hex digits a byte.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "oci/digest.h"
#include "store/archive/packed_file.h"

namespace minidock::store {

struct IndexEntry {
  std::string path;
  mode_t mode = 0;  // with the type bits of stat(2)
  uid_t uid = 0;
  gid_t gid = 0;
  Nanoseconds mtime = 0;
  uint64_t size = 0;    // files
  std::string target;   // symlinks
  dev_t device = 0;     // nodes
  oci::Digest sha256;   // files
  bool opaque = false;  // directories
  uint64_t link = 0;    // files: of several names in this layer, the file's number; 0: it has one
};

class LayerIndexWriter {
 public:
  explicit LayerIndexWriter(int fd);  // borrowed: empty, writable
  void add(const IndexEntry& entry);
  void finish();  // writes the end and what is buffered; once

 private:
  void flush();

  PackedWriter file_;
  std::string buffer_;
  bool first_ = true;
};

// Calls `visit` for each entry of the index in `fd` (borrowed, read from where it stands), in order.
// Throws corrupt, naming the line.
void read_layer_index(int fd, const std::function<void(const IndexEntry&)>& visit);

}  // namespace minidock::store
