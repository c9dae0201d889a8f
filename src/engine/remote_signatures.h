// The signatures that a repository of a registry has of one of its images: artifacts (oci/image_signature.h) whose
// index is below a tag made of the digest of the image's manifest. Source: distribution-spec 1.1, "Referrers Tag
// Schema".
#pragma once

#include <vector>

#include "oci/image_signature.h"
#include "registry/endpoints.h"

namespace minidock::engine {

// None where the repository has none. What is there and is no signature of `image` is passed over, as anybody with a
// right to push may have put it there; of many artifacts the first few are looked at. Throws what the registry throws.
std::vector<oci::ImageSignature> fetch_signatures(registry::Endpoints& repository, const oci::Digest& manifest,
                                                  const oci::ImageId& image);

}  // namespace minidock::engine
