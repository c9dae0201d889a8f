// The erofs driver's images: one file for each stack of layers, and one mount of it that all containers share.
//
//   ROOT/images/<chainID>.erofs   made of the layers' trees; made again when it is missing
//   RUN/images/<chainID>          where it is mounted: read-only, nosuid, nodev; in each mount namespace that uses it
//
// Both belong to every image whose layers have this chain ID, and go with the last of them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "store/state.h"

namespace minidock::store {

std::string image_chain(const ImageRow& image);          // 64 digits
std::set<std::string> image_chains(Database& database);  // of all images
// Whether an image has these layers, as they are stacked in `image`, which itself may be gone. Costs the same whatever
// else is there.
bool has_stack(Database& database, const ImageRow& image);

inline std::string image_file(const std::string& chain_hex) {  // below ROOT
  return "images/" + chain_hex + ".erofs";
}
inline std::string image_mount(const std::string& chain_hex) {  // below RUN
  return "images/" + chain_hex;
}

// The bytes of the image's file into `fd` (borrowed, empty). Throws not_found where a layer has been removed, corrupt.
void write_image_file(Rooms& rooms, const ImageRow& image, int fd);
// Of an image that has a row. Durable when it is there.
void ensure_image_file(Rooms& rooms, const ImageRow& image);
// The same in the place of one that may be damaged; whoever uses that one keeps it.
void replace_image_file(Rooms& rooms, const ImageRow& image);
// With the erofs driver, so that the first container need not wait. The image is there whatever comes of it, and it is
// tried again then: a failure is returned as a warning, "" when there is none.
std::string try_prepare_image(Rooms& rooms, const oci::ImageId& id);
// Mounted where this process sees it. The caller sees to it that the image stays: by a container's row, say.
void ensure_image_mount(Rooms& rooms, const ImageRow& image);
// Never waits: whoever has a file of it open keeps it.
void discard_image_mount(const Rooms& rooms, const std::string& chain_hex);

}  // namespace minidock::store
