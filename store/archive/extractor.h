// A tar made into a tree: reads each entry, decides what becomes of it, has it made. Runs in the jail (see jail.h).
#pragma once

#include "store/archive/image_archive.h"
#include "store/archive/layer_tree.h"
#include "store/archive/layer_walk.h"
#include "store/archive/report.h"
#include "store/archive/tar_reader.h"

namespace minidock::store {

class Extractor {
 public:
  // All borrowed. `root` is the empty directory that becomes the layer.
  Extractor(TarReader& reader, int root, const UnpackLimits& limits);

  // The whole archive; then the layer's index. The report counts what was seen. Throws Error, naming the entry.
  Report run(LayerIndexWriter& index);

 private:
  void take(const Entry& entry);
  void extract(const Entry& entry);
  bool is_left_out(const Entry& entry);
  void extract_file(const Entry& entry);
  oci::Digest copy_data(const Entry& entry, int fd);
  void add_warnings();

  TarReader& reader_;
  int root_;
  const UnpackLimits& limits_;
  LayerTree tree_;
  ImageArchiveDetector detector_;
  FileDigests digests_;
  Report report_;
  struct {
    uint64_t whiteouts = 0, whiteout_devices = 0, xattrs = 0;
  } left_out_;
};

}  // namespace minidock::store
