#include "store/location.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <array>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "store/driver.h"

namespace minidock::store {

namespace {
struct RefusedFileSystem {
  int64_t magic;
  const char* name;
  const char* reason;
};
// kernel: statfs(2) f_type. FUSE is refused as a whole: few of its file systems have flock and renameat2.
constexpr std::array<RefusedFileSystem, 6> kRefused = {{
    {OVERLAYFS_SUPER_MAGIC, "overlayfs", "a container's own overlay cannot write there"},
    {NFS_SUPER_MAGIC, "NFS", "locks and renames there are no ground for a store"},
    {0x517b, "SMB", "locks and renames there are no ground for a store"},
    {0xff534d42, "CIFS", "locks and renames there are no ground for a store"},
    {V9FS_MAGIC, "9p", "locks and renames there are no ground for a store"},
    {0x65735546, "FUSE", "locks and renames there are no ground for a store"},
}};

void refuse_file_system(int fd, const std::string& root) {
  struct statfs info;
  if (fstatfs(fd, &info) != 0) throw_errno("look at the file system of ", root);
  for (const RefusedFileSystem& refused : kRefused) {
    if (static_cast<uint32_t>(info.f_type) != static_cast<uint32_t>(refused.magic)) continue;
    throw_error(ErrorKind::unsupported, "the store ", root, " lies on ", refused.name, ", ", refused.reason,
                "; choose another with --root");
  }
}

void require_absolute(const std::string& path, const char* option) {
  if (path.empty() || path[0] != '/') {
    throw_error(ErrorKind::invalid, "use directory ", printable(path), ": it is not absolute; give the whole path to ",
                option);
  }
}

Fd open_private_dir(const std::string& path) {
  if (auto fd = find_file(AT_FDCWD, path, O_RDONLY | O_DIRECTORY)) return std::move(*fd);
  ensure_dirs(path, 0700);
  return open_dir(AT_FDCWD, path);
}

// security: we sweep below these directories, so a path typed by mistake (--root /var) must never become a store.
// The first file made in a directory is our claim on it, and only an empty directory is claimed.
void claim(int dir, const std::string& path, const char* claim_file, const char* option) {
  if (exists_at(dir, claim_file)) return;
  for (const std::string& name : list_dir(dir)) {
    if (name == "lost+found") continue;
    if (exists_at(dir, claim_file)) return;  // race: another command is making the store, the claim first
    throw_error(ErrorKind::invalid, "use directory ", path, ": it holds other things (", printable(name),
                ") and no minidock store; give an empty one to ", option);
  }
  open_file(dir, claim_file, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
}
}  // namespace

Fd open_root(const std::string& root, const std::string& driver) {
  require_absolute(root, "--root");
  Fd fd = open_private_dir(root);
  refuse_file_system(fd.get(), root);
  claim(fd.get(), root, kDatabaseFile, "--root");
  // order: "tmp" is made last, so its presence stands for all of them.
  if (exists_at(fd.get(), "tmp")) {
    require_driver(fd.get(), root, driver);
    return fd;
  }
  record_driver(fd.get(), root, driver);
  for (const char* part : {"blobs", "blobs/sha256", "layers", "containers", "volumes", "cache", "tmp"}) {
    ensure_dir(fd.get(), part, 0700);
  }
  sync_dir(fd.get(), "blobs");
  sync_fd(fd.get(), root);
  return fd;
}

Fd open_run_root(const std::string& run_root) {
  require_absolute(run_root, "--run-root");
  Fd fd = open_private_dir(run_root);
  claim(fd.get(), run_root, kBootLockFile, "--run-root");
  return fd;
}

}  // namespace minidock::store
