// A tar made into a layer: reads each entry, decides what becomes of it, has it made. Runs in the jail (see jail.h).
#pragma once

#include "store/archive/image_archive.h"
#include "store/archive/layer_sink.h"
#include "store/archive/report.h"
#include "store/archive/tar_reader.h"

namespace minidock::store {

class Extractor {
 public:
  // All borrowed. `has_lower`: the layer lies on others. Else it is a whole root filesystem, and more is asked of it.
  Extractor(TarReader& reader, LayerSink& sink, const UnpackLimits& limits, bool has_lower = false)
      : reader_(reader), sink_(sink), limits_(limits), has_lower_(has_lower) {}

  // The whole archive. The report counts what was seen. Throws Error, naming the entry.
  Report run();

 private:
  void take(const Entry& entry);
  void extract(const Entry& entry);
  bool is_left_out(const Entry& entry);
  bool take_whiteout(const Entry& entry);
  void add_warnings();

  TarReader& reader_;
  LayerSink& sink_;
  const UnpackLimits& limits_;
  bool has_lower_;
  LayerMarks marks_;
  ImageArchiveDetector detector_;
  Report report_;
  struct {
    uint64_t whiteouts = 0, whiteout_devices = 0, xattrs = 0;
  } left_out_;
};

}  // namespace minidock::store
