#include "runtime/init/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>

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
// Makes the last component of path[0, length) in its parent, which exists.
int make_component(Context& context, const char* path, size_t length, bool directory, uint64_t extra_resolve) {
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
  if (directory) return mkdirat(dir.get(), name, 0755) == 0 || errno == EEXIST ? 0 : -1;
  const Fd file(openat(dir.get(), name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644));
  return file || errno == EEXIST ? 0 : -1;
}
}  // namespace

int open_target(Context& context, const char* path, Missing missing, uint64_t extra_resolve) {
  int fd = open_in_root(context, path, O_PATH, extra_resolve);
  if (fd >= 0 || errno != ENOENT || missing == Missing::fail) return fd;
  size_t end = strlen(path);
  while (end > 1 && path[end - 1] == '/') --end;
  char prefix[4096];
  for (size_t at = 1; at <= end; ++at) {
    if (at < end && path[at] != '/') continue;
    if (at >= sizeof prefix) {
      errno = ENAMETOOLONG;
      return -1;
    }
    memcpy(prefix, path, at);
    prefix[at] = 0;
    const Fd there(open_in_root(context, prefix, O_PATH, extra_resolve));
    if (there) continue;
    if (errno != ENOENT) return -1;
    if (make_component(context, path, at, at < end || missing == Missing::make_directory, extra_resolve) != 0)
      return -1;
  }
  fd = open_in_root(context, path, O_PATH, extra_resolve);
  return fd;
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
