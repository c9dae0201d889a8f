// Bytes of file data below a directory.
#pragma once

#include <cstdint>
#include <string>

namespace minidock::cli {

// st_size of the regular files, each inode once, links not followed, other file systems left out. What vanishes
// meanwhile is left out too; a missing directory has 0.
uint64_t tree_size(const std::string& directory);

}  // namespace minidock::cli
