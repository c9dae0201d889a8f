// Whether EROFS images can be shown here: found out by doing it, never told from the kernel's version.
#pragma once

#include <string>

namespace minidock::store::erofs {

// Makes an image of two devices out of files without names in the directory `root` (borrowed; `root_path` is its path),
// mounts it from there in a mount namespace of a child's own, stacks overlayfs on it and reads a byte of each device.
// Nothing is left of it, whatever happens. Throws what failed: unsupported, permission and others where it does not
// work here, exhausted where it could not be tried.
void probe(int root, const std::string& root_path);

}  // namespace minidock::store::erofs
