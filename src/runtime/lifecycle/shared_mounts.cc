#include "runtime/lifecycle/shared_mounts.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/time.h"

namespace minidock::runtime {

namespace {

RootBefore look(int fd, const std::string& rootfs) {
  struct statx info;
  struct stat file;
  if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &info) != 0 || fstat(fd, &file) != 0)
    throw_errno("look at the root ", rootfs);
  return {read_boot_id(), info.stx_mnt_id, file.st_dev, file.st_ino};
}

}  // namespace

RootBefore look_at_root(const std::string& rootfs) {
  return look(open_dir(AT_FDCWD, rootfs).get(), rootfs);
}

void discard_mounts_on_root(const std::string& rootfs, const RootBefore& before) {
  if (before.boot_id.empty()) return;
  for (;;) {
    const auto root = find_file(AT_FDCWD, rootfs, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (!root) return;
    const RootBefore now = look(root->get(), rootfs);
    const bool itself = now.device == before.device && now.inode == before.inode;
    if (now.boot_id != before.boot_id || now.mount == before.mount || !itself) return;
    // race: by descriptor, so what was looked at is what is unmounted.
    if (umount2(cat("/proc/self/fd/", root->get()).c_str(), MNT_DETACH) == 0) continue;
    if (errno == EINVAL) return;  // no mount: the one below went, and took ours along
    throw_errno("unmount the root ", rootfs);
  }
}

}  // namespace minidock::runtime
