#include "store/tree.h"

#include <set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "linux/syscalls.h"

namespace minidock::store {

namespace {
// Empty where the directory is gone, was exchanged for something else, or is out of reach.
Fd open_below(int dir, const std::string& path) {
  constexpr uint64_t kResolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  Fd fd(linux::openat2(dir, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, kResolve));
  if (fd) return fd;
  switch (errno) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case EXDEV:
    case ENAMETOOLONG:
      return fd;
    default:
      throw_errno("read directory ", path);
  }
}
}  // namespace

void walk_tree(int dir, const std::string& path, const std::function<void(const struct stat&)>& visit) {
  std::vector<std::string> pending = {path};
  while (!pending.empty()) {
    const std::string at = std::move(pending.back());
    pending.pop_back();
    const Fd fd = open_below(dir, at);
    if (!fd) continue;
    for (const std::string& name : list_dir(fd.get())) {
      struct stat info;
      if (fstatat(fd.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
      visit(info);
      if (S_ISDIR(info.st_mode)) pending.push_back(cat(at, "/", name));
    }
  }
}

uint64_t tree_bytes(int dir, const std::string& path) {
  uint64_t bytes = 0;
  std::set<std::pair<dev_t, ino_t>> seen;
  walk_tree(dir, path, [&](const struct stat& info) {
    if (!S_ISDIR(info.st_mode) && info.st_nlink > 1 && !seen.emplace(info.st_dev, info.st_ino).second) return;
    bytes += static_cast<uint64_t>(info.st_blocks) * 512;
  });
  return bytes;
}

}  // namespace minidock::store
