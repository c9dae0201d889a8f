// The parts of check(): each adds its findings.
#pragma once

#include <string>
#include <vector>

#include "store/state.h"

namespace minidock::store {

// I1, I4: every row has its data, complete by a look at names and sizes.
void check_layers(Rooms& rooms, const CheckOptions& options, std::vector<Problem>& problems);
void check_containers(Rooms& rooms, std::vector<Problem>& problems);
void check_volumes(Rooms& rooms, std::vector<Problem>& problems);
// I3: configs hash to their IDs, list the layers of their rows; and what the database says about itself.
void check_images(Rooms& rooms, const CheckOptions& options, std::vector<Problem>& problems);
void check_database(Database& database, const std::string& name, std::vector<Problem>& problems);
// The blob's SHA-256, and layer.json against one that is made of it anew. Of the overlay driver each file of the layer
// against layer.json: type, mode, owner, size, content, target. Times are left out: they change nothing about what a
// container sees and would call a harmless touch damage. Of the erofs driver the tree, byte for byte, against one that
// is made of the blob.
void check_layer_content(Rooms& rooms, const std::string& diff_hex, std::vector<Problem>& problems);

// The erofs driver's file of an image, byte for byte, against one that is made anew; fine where there is none.
void check_image_content(Rooms& rooms, const ImageRow& image, std::vector<Problem>& problems);

}  // namespace minidock::store
