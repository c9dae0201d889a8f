// A look at every file of a directory tree.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <string>

namespace minidock::store {

// Calls `visit` with the lstat of all that is below `dir`/`path`, never following a link and never crossing a mount;
// one descriptor at a time, whatever the depth. What disappears meanwhile, and directories whose path from `dir` is
// longer than PATH_MAX (a container may dig that deep, a layer may not), are passed over.
void walk_tree(int dir, const std::string& path, const std::function<void(const struct stat&)>& visit);

// Bytes on disk below `dir`/`path`, a file with several links counted once.
uint64_t tree_bytes(int dir, const std::string& path);

}  // namespace minidock::store
