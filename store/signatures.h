// The signatures of images, as files: an envelope each (oci/image_signature.h), named by the SHA-256 of its bytes.
//
//   ROOT/signatures/<imageID>/<SHA-256>.json     0400; of an image that has a row, at most oci::kImageSignatures
//
// They are added to an image that is there, under the writers' lock, and go with its row. What they are worth is not
// the store's business: whoever reads them verifies them.
#pragma once

#include <string>
#include <vector>

#include "oci/image_signature.h"
#include "store/state.h"

namespace minidock::store {

inline std::string signatures_path(const std::string& image_hex) {
  return "signatures/" + image_hex;
}

// Those that are whole, by the names of their files; none for an image without any. What is damaged is passed over:
// check_signatures() tells of it.
std::vector<oci::ImageSignature> read_signatures(const Rooms& rooms, const oci::ImageId& image);

// Durably, those that are not there yet. Throws not_found without the image, exhausted where they would be too many;
// invalid for one of another image.
void write_signatures(Rooms& rooms, const oci::ImageId& image, const std::vector<oci::ImageSignature>& signatures);

// A part of check(): files that are no signatures of their image.
void check_signatures(Rooms& rooms, std::vector<Problem>& problems);

}  // namespace minidock::store
