// EROFS images in plain files, mounted without loop devices. By the mount API: fsopen(2), fsconfig(2).
// Source: kernel Documentation/filesystems/erofs.rst "Mount options".
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"

namespace minidock::linux {

// A detached mount, read-only, of the image and its devices, in the order of its device table; all absolute paths of
// regular files. No device of it can be opened, and no set-user-ID bit counts: what is mounted upon it decides that.
// Throws unsupported where this kernel cannot mount such files, or not from this file system; `shown`: what messages
// call the image, where its path says nothing.
Fd make_erofs(const std::string& image, const std::vector<std::string>& devices, const std::string& shown = {});

}  // namespace minidock::linux
