#include "runtime/init/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "runtime/init/resolve.h"

namespace minidock::runtime::init {

int open_in_root(Context& context, const char* path, int flags, uint64_t extra_resolve) {
  if (context.root < 0) context.root = ::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  // kernel: openat2(2) answers EAGAIN when a rename elsewhere raced with a ".."; a bounded retry is its advice.
  for (int tries = 0; tries < 64; ++tries) {
    const int fd = open_resolved(context.root, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | extra_resolve);
    if (fd >= 0 || errno != EAGAIN) return fd;
  }
  return -1;
}

namespace {
constexpr int kMaxLinks = 40;  // path_resolution(7)

struct PathText {
  char text[4096];
};

// Makes the last component of path[0, length) in its parent, which exists. 0; 1 when a link to nothing is there, with
// its target; -1 and errno.
int make_component(Context& context, const char* path, size_t length, bool directory, uint64_t extra_resolve,
                   PathText& target) {
  char parent[4096];
  char name[256];
  size_t slash = length;
  while (slash > 0 && path[slash - 1] != '/') --slash;
  if (length - slash >= sizeof name || slash + 1 >= sizeof parent) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(name, path + slash, length - slash);
  name[length - slash] = 0;
  memcpy(parent, path, slash);
  parent[slash] = 0;
  const Fd dir(open_in_root(context, slash == 0 ? "/" : parent, O_PATH | O_DIRECTORY, extra_resolve));
  if (!dir) return -1;
  // security: nothing can be made in a procfs, and a link there that was not there before is a magic one: the number of
  // the descriptor just opened.
  struct statfs system;
  if (fstatfs(dir.get(), &system) != 0) return -1;
  if (system.f_type == PROC_SUPER_MAGIC) {
    errno = ENOENT;
    return -1;
  }
  if (directory && mkdirat(dir.get(), name, 0755) == 0) return 0;
  if (!directory && Fd(openat(dir.get(), name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644))) return 0;
  if (errno != EEXIST) return -1;
  const ssize_t size = readlinkat(dir.get(), name, target.text, sizeof target.text - 1);
  if (size < 0) return errno == EINVAL ? 0 : -1;
  target.text[size] = 0;
  return 1;
}

// Puts the target of the link path[0, length) in its place; a relative one starts in the link's directory.
int follow_link(PathText& path, size_t length, const PathText& target) {
  FixedText<sizeof path.text> followed;
  const PathText rest = path;
  if (target.text[0] != '/') {
    size_t slash = length;
    while (slash > 0 && path.text[slash - 1] != '/') --slash;
    path.text[slash] = 0;
    followed << path.text;
  }
  followed << target.text << rest.text + length;
  if (followed.size() + 1 >= sizeof path.text) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(path.text, followed.c_str(), followed.size() + 1);
  return 0;
}

// Makes what is missing of `path`. 0; 1 when it came to a link to nothing, which is replaced in `path`; -1 and errno.
int make_missing(Context& context, PathText& path, bool directory, uint64_t extra_resolve) {
  size_t end = strlen(path.text);
  while (end > 1 && path.text[end - 1] == '/') --end;
  PathText prefix, target;
  for (size_t at = 1; at <= end; ++at) {
    if (at < end && path.text[at] != '/') continue;
    memcpy(prefix.text, path.text, at);
    prefix.text[at] = 0;
    const Fd there(open_in_root(context, prefix.text, O_PATH, extra_resolve));
    if (there) continue;
    if (errno != ENOENT) return -1;
    const int made = make_component(context, path.text, at, at < end || directory, extra_resolve, target);
    if (made < 0) return -1;
    if (made > 0) return follow_link(path, at, target) == 0 ? 1 : -1;
  }
  return 0;
}
}  // namespace

int open_target(Context& context, const char* path, Missing missing, uint64_t extra_resolve) {
  const int fd = open_in_root(context, path, O_PATH, extra_resolve);
  if (fd >= 0 || errno != ENOENT || missing == Missing::fail) return fd;
  PathText wanted;
  if (strlen(path) >= sizeof wanted.text) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(wanted.text, path, strlen(path) + 1);
  int made = 1;
  for (int links = 0; made > 0 && links <= kMaxLinks; ++links)
    made = make_missing(context, wanted, missing == Missing::make_directory, extra_resolve);
  if (made > 0) errno = ELOOP;
  return made == 0 ? open_in_root(context, wanted.text, O_PATH, extra_resolve) : -1;
}

ssize_t read_small(int dir, const char* path, char* buffer, size_t size) {
  const Fd fd(openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return -1;
  const ssize_t got = read(fd.get(), buffer, size - 1);
  if (got >= 0) buffer[got] = 0;
  return got;
}

int write_small(int dir, const char* path, const char* text, size_t size) {
  const Fd fd(openat(dir, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return -1;
  return write(fd.get(), text, size) == static_cast<ssize_t>(size) ? 0 : -1;
}

}  // namespace minidock::runtime::init
