// Extended attributes as they lie behind an inode.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/archive/entry.h"

namespace minidock::store::erofs {

// "" where there are none; else a multiple of 4 bytes. Throws invalid for a name of no space that EROFS knows,
// exhausted for more than an inode can have.
std::string xattr_body(const std::vector<Xattr>& xattrs);

// How long it is.
uint64_t xattr_body_bytes(const std::vector<Xattr>& xattrs);

// What an inode says of it.
uint16_t xattr_count(uint64_t body_bytes);

}  // namespace minidock::store::erofs
