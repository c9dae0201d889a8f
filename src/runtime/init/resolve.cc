#include "runtime/init/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "linux/syscalls.h"
#include "runtime/init/mount_flags.h"

namespace minidock::runtime::init {

namespace {
constexpr int kMaxLinks = 40;  // path_resolution(7)
constexpr int kMaxDepth = 256;

// The directories from `dir` down to where the walk stands: ".." goes back to the one before, and asks no name.
class Walk {
 public:
  Walk(int dir, uint64_t resolve) : resolve_(resolve) { directories_[0] = Fd(fcntl(dir, F_DUPFD_CLOEXEC, 3)); }

  // Descends along `path`; the last component is opened with `flags`. -1 and errno.
  int open_at(const char* path, int flags) {
    char rest[4096];
    const size_t length = strlen(path);
    if (length >= sizeof rest) return fail(ENAMETOOLONG);
    if (!directories_[0]) return -1;
    memcpy(rest, path, length + 1);
    char* at = rest;
    if (*at == '/' && (resolve_ & RESOLVE_BENEATH) != 0) return fail(EXDEV);
    for (;;) {
      while (*at == '/') ++at;
      if (*at == 0) return reopen(flags);
      const size_t size = strcspn(at, "/");
      const bool last = at[size + strspn(at + size, "/")] == 0;
      char name[256];
      if (size >= sizeof name) return fail(ENAMETOOLONG);
      memcpy(name, at, size);
      name[size] = 0;
      // A slash at the end asks for a directory, and for a link's target.
      const bool whole = at[size] == 0;
      at += size;
      if (strcmp(name, ".") == 0) continue;
      if (strcmp(name, "..") == 0) {
        if (!climb()) return -1;
        continue;
      }
      const Fd next(openat(top(), name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
      if (!next) return -1;
      const Kind kind = kind_of(next.get());
      if (kind == Kind::failed) return -1;
      if (kind == Kind::link && !(last && whole && (flags & O_NOFOLLOW) != 0)) {
        if (!follow(next.get(), at, rest, sizeof rest)) return -1;
        at = rest;
        continue;
      }
      if (last && (whole || kind == Kind::directory)) return open_last(next.get(), name, flags);
      if (kind != Kind::directory) return fail(ENOTDIR);
      if (!descend(name)) return -1;
    }
  }

 private:
  enum class Kind { failed, directory, link, other };

  static int fail(int failure) {
    errno = failure;
    return -1;
  }
  int top() const { return directories_[depth_].get(); }

  Kind kind_of(int fd) {
    struct stat info;
    if (fstat(fd, &info) != 0) return Kind::failed;
    if ((resolve_ & RESOLVE_NO_XDEV) != 0 && mount_id(fd) != mount_id(directories_[0].get())) {
      errno = EXDEV;
      return Kind::failed;
    }
    return S_ISLNK(info.st_mode) ? Kind::link : S_ISDIR(info.st_mode) ? Kind::directory : Kind::other;
  }

  bool climb() {
    if (depth_ > 0) {
      directories_[depth_--].reset();
      return true;
    }
    if ((resolve_ & RESOLVE_BENEATH) == 0) return true;
    errno = EXDEV;
    return false;
  }

  bool descend(const char* name) {
    if (depth_ + 1 == kMaxDepth) {
      errno = ENAMETOOLONG;
      return false;
    }
    Fd next(openat(top(), name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next) return false;
    directories_[++depth_] = static_cast<Fd&&>(next);
    return true;
  }

  // Puts the link's target before what is left of the path.
  bool follow(int link, const char* left, char* rest, size_t size) {
    struct statfs info;
    char target[4096];
    if ((resolve_ & RESOLVE_NO_SYMLINKS) != 0 || ++links_ > kMaxLinks) {
      errno = ELOOP;
      return false;
    }
    const ssize_t length = readlinkat(link, "", target, sizeof target - 1);
    if (length < 0 || fstatfs(link, &info) != 0) return false;
    target[length] = 0;
    // kernel: magic links are procfs's; its plain ones ("self", "mounts") have a relative target.
    if (info.f_type == PROC_SUPER_MAGIC && !is_plain(target)) {
      errno = ELOOP;
      return false;
    }
    const size_t tail = strlen(left);
    if (static_cast<size_t>(length) + tail + 1 > size) {
      errno = ENAMETOOLONG;
      return false;
    }
    if (target[0] == '/') {
      if ((resolve_ & RESOLVE_BENEATH) != 0) {
        errno = EXDEV;
        return false;
      }
      while (depth_ > 0) directories_[depth_--].reset();
    }
    memmove(rest + length, left, tail + 1);
    memcpy(rest, target, static_cast<size_t>(length));
    return true;
  }

  static bool is_plain(const char* target) {
    return target[0] != '/' && strchr(target, ':') == nullptr && strchr(target, '(') == nullptr;
  }

  int reopen(int flags) {
    if ((flags & O_PATH) != 0) return fcntl(top(), F_DUPFD_CLOEXEC, 3);
    return openat(top(), ".", flags | O_CLOEXEC);
  }

  // race: the name may mean another file by now, but no link is followed, so it is still one of this directory.
  int open_last(int found, const char* name, int flags) {
    if ((flags & O_PATH) != 0 && (flags & O_DIRECTORY) == 0) return fcntl(found, F_DUPFD_CLOEXEC, 3);
    return openat(top(), name, flags | O_NOFOLLOW | O_CLOEXEC);
  }

  uint64_t resolve_;
  Fd directories_[kMaxDepth];
  int depth_ = 0, links_ = 0;
};
}  // namespace

int open_resolved(int dir, const char* path, int flags, uint64_t resolve) {
  const int fd = linux::openat2(dir, path, static_cast<uint64_t>(flags | O_CLOEXEC), 0, resolve);
  if (fd >= 0 || errno != ENOSYS) return fd;
  return Walk(dir, resolve).open_at(path, flags);
}

}  // namespace minidock::runtime::init
