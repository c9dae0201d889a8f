// What a registry has under a name, to be looked at: nothing is taken into the store.
#pragma once

#include <string>
#include <vector>

#include "oci/image_manifest.h"
#include "oci/reference.h"
#include "registry/settings.h"

namespace minidock::engine {

struct ShownManifest {
  std::string name;            // canonical, of a part of an index with its digest
  oci::Descriptor descriptor;  // with its platform, where that is known
  std::string text;
  std::string base64() const;  // of the text
};

// Throws not_found in docker's words, and as a pull does.
ShownManifest show_manifest(const registry::Settings& settings, const std::string& reference);
// The same with what the text does not say: of an index each of its manifests, of a manifest the platform of its
// config.
std::vector<ShownManifest> show_manifest_parts(const registry::Settings& settings, const std::string& reference,
                                               bool& is_index);

}  // namespace minidock::engine
