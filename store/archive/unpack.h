// One pass over an archive: decompress, hash, keep the tar as a blob, unpack it in a jailed child.
//
//   fd -> sniff -> decompress -> +-> blob file --------.            (a thread for these two, where something has to
//         (this thread)          +-> SHA-256 (diffID)   |             be decompressed: relay.h)
//                                     jailed child: tar reader -> files below the layer directory, or a tree
//                                                              -> the layer's index (layer.json)
// The child reads the blob as far as it is written (growing_file.h): what is kept is what was looked at.
// Decompression happens outside the jail, parsing of the tar and every name inside it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "oci/digest.h"
#include "store/archive/input.h"

namespace minidock::store {

// Per layer; crossing one refuses the archive, naming the limit.
struct UnpackLimits {
  uint64_t entries = 1'000'000;
  uint64_t component_bytes = 255;
  uint64_t path_bytes = 4095;
  uint64_t depth = 1024;
  uint64_t xattr_bytes = 64 << 10;
  uint64_t file_bytes = 16ULL << 30;
  uint64_t total_bytes = 64ULL << 30;
  uint64_t expansion_ratio = 1000;         // decompressed : compressed, looked at after
  uint64_t expansion_floor = 64ULL << 20;  // so many decompressed bytes
};

// What a layer's tar becomes.
enum class LayerForm {
  directory,  // files below UnpackRequest::directory_fd, and layer.json of them (layer_index.h)
  tree,       // a description of them, with places in the tar for their data (store/erofs/tree_file.h)
};

struct UnpackRequest {
  int fd = -1;              // borrowed: the archive, read to its end
  std::string source_name;  // for messages
  // Borrowed: empty, readable and writable: gets the uncompressed tar. -1: fd is that file already, read from its
  // start.
  int blob_fd = -1;
  int directory_fd = -1;  // borrowed: an empty directory, the layer's root; it stays empty for a tree
  int index_fd = -1;      // borrowed: empty, writable: gets layer.json
  UnpackLimits limits;
  Progress progress;
  bool has_lower = false;             // the layer lies on others; else it is to be a whole root filesystem
  std::optional<FileRange> range;     // the archive is this part of fd; nullopt: from where it stands to its end
  std::optional<oci::Digest> digest;  // of the archive as it is handed in, compression and all: others are corrupt
  LayerForm form = LayerForm::directory;
  int tree_fd = -1;  // borrowed: empty, writable: gets the tree, where that is the form
};

struct UnpackResult {
  oci::DiffId diff_id;
  uint64_t blob_bytes = 0, content_bytes = 0, entries = 0;
  Nanoseconds newest_mtime = 0;  // of all entries, clamped to 0..2^33 s
  std::vector<std::string> warnings;
};

// Throws exhausted where `made` bytes came of `used` compressed ones and that is over a limit.
void check_expansion(const UnpackLimits& limits, uint64_t made, uint64_t used);

// Throws invalid ("not a tar archive: …", with advice for a docker-archive or an OCI layout: the images of these are
// loaded, not imported), corrupt (damage, naming the entry), exhausted (a limit, the disk). On any throw the
// caller discards blob, directory and index; the archive is read no further.
UnpackResult unpack_archive(const UnpackRequest& request);

}  // namespace minidock::store
