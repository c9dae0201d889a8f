// A layer made again of its tar, which both drivers keep: to compare it with what is there, to repair it, and to give
// it the other driver's form.
#pragma once

#include <string>
#include <vector>

#include "store/archive/unpack.h"
#include "store/state.h"

namespace minidock::store {

// "diff" or "tree": what lies below layers/<diffID> beside kIndexFile.
const char* form_name(LayerForm form);
constexpr const char* kIndexFile = "layer.json";  // packed, as the tree is: archive/packed_file.h

// A layer's form and its index below `directory` (borrowed), which has neither. `request` says what is read, how, and
// where the tar goes; its other descriptors are set here. Throws as unpack_archive() does.
UnpackResult unpack_layer(int directory, LayerForm form, UnpackRequest request);

// The same of the store's own tar. A layer that came as a root filesystem may lack a name that it would have above
// others: whichever of the two the index that is there has is made again. Throws corrupt for a damaged tar.
void rebuild_layer(Rooms& rooms, const std::string& diff_hex, LayerForm form, int directory,
                   const Progress& progress = {});

// SHA-256 of all that follows.
oci::Digest hash_file(int fd);
// Of two trees or indexes, packed or not; false where there is none, or one is damaged.
bool has_same_content(int one_dir, const std::string& one, int other_dir, const std::string& other);

// Puts what the tar gives in the place of the layer's form and index. No-op for a layer that has no row by now. Throws
// as rebuild_layer() does, and in_use where a container runs on the files themselves, which the overlay driver's do.
void repair_layer(Rooms& rooms, const std::string& diff_hex);

}  // namespace minidock::store
