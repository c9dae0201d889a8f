// A tar made into a tree: reads each entry, decides what becomes of it, has it made. Runs in the jail (see jail.h).
#pragma once

#include "store/archive/image_archive.h"
#include "store/archive/layer_tree.h"
#include "store/archive/layer_walk.h"
#include "store/archive/report.h"
#include "store/archive/tar_reader.h"

namespace minidock::store {

// The data of the file that `reader` stands at, into the empty `fd`; holes stay holes. `hasher` may be null.
void copy_data(TarReader& reader, const Entry& entry, int fd, oci::Hasher* hasher);

class Extractor {
 public:
  // All borrowed. `root` is the empty directory that becomes the layer.
  Extractor(TarReader& reader, int root, const UnpackLimits& limits, bool has_lower = false);

  // The whole archive; then the layer's index. The report counts what was seen. Throws Error, naming the entry.
  Report run(LayerIndexWriter& index);
  // After it: directories that hide what the layers below have in them. The mark is the caller's to set.
  const std::vector<std::string>& opaque_directories() const { return opaque_; }

 private:
  void take(const Entry& entry);
  void extract(const Entry& entry);
  bool is_left_out(const Entry& entry);
  void extract_file(const Entry& entry);
  bool take_whiteout(const Entry& entry);
  OpaqueDirectories settle_opaque() const;
  void add_warnings();

  TarReader& reader_;
  int root_;
  const UnpackLimits& limits_;
  bool has_lower_;
  std::vector<std::string> opaque_;
  LayerTree tree_;
  ImageArchiveDetector detector_;
  FileDigests digests_;
  Report report_;
  struct {
    uint64_t whiteouts = 0, whiteout_devices = 0, xattrs = 0;
  } left_out_;
};

}  // namespace minidock::store
