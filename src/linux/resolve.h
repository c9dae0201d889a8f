// Paths inside a root that others write to: resolved by openat2(2), so that every link, absolute ones and ".." too,
// leads to a place inside it, and links of procfs lead nowhere.
#pragma once

#include <string>

#include "base/fd.h"

namespace minidock::linux {

// `path` below the directory `root` (borrowed), with or without a leading slash; "" is the root itself. Flags as
// openat(2). Empty and errno where it cannot be opened.
Fd find_in_root(int root, const std::string& path, int flags);

// The same; throws Error with "PATH: " and the cause.
Fd open_in_root(int root, const std::string& path, int flags);

}  // namespace minidock::linux
