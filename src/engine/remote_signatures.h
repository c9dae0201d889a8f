// The signatures that a repository of a registry has of one of its images: artifacts (oci/image_signature.h) whose
// subject is the image's manifest. Source: distribution-spec 1.1, "Listing Referrers".
#pragma once

#include <vector>

#include "oci/image_signature.h"
#include "registry/destination.h"
#include "registry/endpoints.h"

namespace minidock::engine {

// None where the repository has none. What is there and is no signature of `image` is passed over, as anybody with a
// right to push may have put it there; of many artifacts the last few are looked at. Throws what the registry throws.
std::vector<oci::ImageSignature> fetch_signatures(registry::Endpoints& repository, const oci::Digest& manifest,
                                                  const oci::ImageId& image);

// Sends these, as one artifact with that subject. The same ones are the same artifact: a second time changes nothing.
void send_signatures(registry::Destination& destination, const std::vector<oci::ImageSignature>& signatures,
                     const oci::Descriptor& subject);

}  // namespace minidock::engine
