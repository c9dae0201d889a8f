// The data of a file in a tar, piece by piece.
#pragma once

#include <functional>

#include "oci/digest.h"
#include "store/archive/entry.h"
#include "store/archive/tar_reader.h"

namespace minidock::store {

// Calls `take` for each piece of the file that `reader` stands at: in order, and within the file, or throws corrupt.
// What lies between pieces, and behind the last one, is a hole. `hasher`, which may be null, gets the whole file.
void each_piece(TarReader& reader, const Entry& entry, oci::Hasher* hasher,
                const std::function<void(const TarReader::Block&)>& take);

// All of it into the empty `fd`; holes stay holes. `hasher` may be null.
void copy_data(TarReader& reader, const Entry& entry, int fd, oci::Hasher* hasher);

}  // namespace minidock::store
