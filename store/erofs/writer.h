// Writes a tree as an EROFS image whose files' data lies in the tars of its layers. The same tree and devices give the
// same bytes. format.h draws them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "store/erofs/tree.h"

namespace minidock::store::erofs {

// A layer's tar. Inode::layer counts them from 0; they are given to the mount in the same order.
struct Device {
  std::string tag;  // its digits, 64 at most
  uint64_t bytes = 0;
  int fd = -1;  // borrowed, for reading: only what sparse files need copied is read
};

constexpr size_t kMaxDevices = 500;  // overlayfs takes as many lowers

// `fd` is borrowed: empty, writable. `id` becomes the file system's UUID. Throws exhausted for what the format cannot
// count, corrupt for a tar that is shorter than it was.
void write_image(const Tree& tree, const std::vector<Device>& devices, const std::array<uint8_t, 16>& id, int fd);

}  // namespace minidock::store::erofs
