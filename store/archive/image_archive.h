// Tells an archive of images (`docker save`, an OCI image layout) from one of a root filesystem. Unpacked as a
// root filesystem the former makes an image in which nothing can run (moby#34921): it is refused with advice.
// Sources: image-spec image-layout.md; the docker image specification 1.2, "Combined Image JSON + Filesystem
// Changeset Format".
#pragma once

#include <string>

#include "store/archive/entry.h"

namespace minidock::store {

class ImageArchiveDetector {
 public:
  // Throws invalid, with advice, at the entry that settles it. A tar with any top-level name that these formats
  // do not have is never taken for one of them.
  void see(const Entry& entry);

 private:
  bool foreign_ = false;
  bool oci_marker_ = false;  // oci-layout
  bool index_ = false;       // index.json
  bool manifest_ = false;    // manifest.json
  bool content_ = false;     // blobs/…, HEX/layer.tar, HEX.json, HEX.tar
};

}  // namespace minidock::store
