// A container in its caller's mount namespace: its root is mounted on itself there, everything else below that, and
// all of it has to be unmounted when it goes.
#pragma once

#include <cstdint>
#include <string>

namespace minidock::runtime {

// What the root's path led to before the container was made; boot_id "" for a container with its own mounts.
struct RootBefore {
  std::string boot_id;
  uint64_t mount = 0;  // statx(2)'s stx_mnt_id
  uint64_t device = 0, inode = 0;
};

// Throws what the kernel reports.
RootBefore look_at_root(const std::string& rootfs);

// Idempotent. Unmounts what was mounted on `rootfs` since, if it is a mount of that directory on itself, with all below
// it; nothing that was there before, and nothing else that somebody has mounted there. Throws what umount2(2) reports.
void discard_mounts_on_root(const std::string& rootfs, const RootBefore& before);

}  // namespace minidock::runtime
