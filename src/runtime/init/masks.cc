// Paths of the container that it shall not see, or not change. The root is entered.
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "runtime/init/mount_api.h"
#include "runtime/init/paths.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

namespace {
// kernel: before 6.15 only an attached mount can be cloned, so the first cover is the tmpfs itself, and the others are
// clones of it where it then is.
int cover_directory(Context& context, const Fd& place, const char* path) {
  if (context.mask >= 0) return attach_clone(context, context.mask, place.get());
  const FileSystem empty = {"tmpfs", "", "size=0,mode=555"};
  const int64_t attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  if (attach_new(context, empty, attributes, place.get()) != 0) return -1;
  context.mask = open_in_root(context, path, O_PATH | O_DIRECTORY);
  return context.mask >= 0 ? 0 : -1;
}

// security: the cover of a masked file is our own /dev/null, checked to be the kernel's device 1:3.
int cover_file(Context& context, const Fd& place) {
  const Fd null(openat(device_directory(context), "null", O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat info;
  if (!null || fstat(null.get(), &info) != 0) return -1;
  if (!S_ISCHR(info.st_mode) || info.st_rdev != 0x103) {
    context.detail << "/dev/null of the container is not the null device";
    errno = EXDEV;
    return -1;
  }
  return attach_clone(context, null.get(), place.get());
}

bool is_absent(int failure) {
  return failure == ENOENT || failure == ENOTDIR;
}
}  // namespace

int mask_step(Context& context, const RecordView& step) {
  const Fd place(open_in_root(context, step.text(0), O_PATH));
  if (!place) return is_absent(errno) ? 0 : errno;
  struct stat info;
  if (fstat(place.get(), &info) != 0) return errno;
  const int result = S_ISDIR(info.st_mode) ? cover_directory(context, place, step.text(0)) : cover_file(context, place);
  return result == 0 ? 0 : errno;
}

int read_only_step(Context& context, const RecordView& step) {
  const Fd place(open_in_root(context, step.text(0), O_PATH));
  if (!place) return is_absent(errno) ? 0 : errno;
  return attach_read_only(context, place.get(), step.text(0)) == 0 ? 0 : errno;
}

}  // namespace minidock::runtime::init
