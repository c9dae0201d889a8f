// Images from one registry to another: through memory, and with no store.
#pragma once

#include <functional>
#include <string>

#include "engine/blob_senders.h"
#include "oci/reference.h"
#include "registry/settings.h"

namespace minidock::engine {

struct CopiedBlob {
  size_t number = 0;
  std::string id;  // the beginning of its digest
  uint64_t size = 0;
  std::string from;  // mounted: the repository
  SentBlob told;
};

struct ImageCopy {
  std::string source, destination;  // as typed
  std::string platform;             // the one image of an index for this; "": all of it, as it is
  registry::Settings registry;
  std::function<void(const CopiedBlob&)> step;  // may be empty
};

struct CopiedImage {
  oci::Reference name;  // what it is called there
  oci::Digest digest;   // of its manifest or index: the source's
  uint64_t size = 0;    // of that text
};

// Each blob is checked by digest and size on its way, and is begun anew where either side breaks. Manifests follow what
// they name, so the name is there once all else is. Throws as a pull and a push do.
CopiedImage copy_image(const ImageCopy& copy);

}  // namespace minidock::engine
