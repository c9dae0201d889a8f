// Paths of the container that it shall not see, or not change.
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "runtime/init/filesystem.h"
#include "runtime/init/paths.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

namespace {
// The cover of a masked directory. kernel: before 6.15 only an attached mount can be cloned, so the first one is
// the tmpfs itself, and the others are clones of it where it then is.
Fd empty_directory(Context& context) {
  if (context.mask >= 0) return Fd(open_tree(context.mask, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  const Fd filesystem(fsopen("tmpfs", FSOPEN_CLOEXEC));
  if (!filesystem || configure(filesystem.get(), "size", "0") != 0 || configure(filesystem.get(), "mode", "555") != 0)
    return Fd();
  Fd cover(
      create_mount(filesystem.get(), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
  if (cover) context.mask = fcntl(cover.get(), F_DUPFD_CLOEXEC, 3);
  return cover;
}

// security: the cover of a masked file is our own /dev/null, checked to be the kernel's device 1:3.
int null_device(Context& context) {
  const int fd = open_tree(context.dev, "null", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  struct stat info;
  if (fd < 0 || (fstat(fd, &info) == 0 && S_ISCHR(info.st_mode) && info.st_rdev == 0x103)) return fd;
  close(fd);
  errno = EXDEV;
  return -1;
}
}  // namespace

int mask_step(Context& context, const RecordView& step) {
  const Fd place(open_in_root(context, step.text(0), O_PATH | O_NOFOLLOW));
  if (!place) return errno == ENOENT || errno == ENOTDIR ? 0 : errno;
  struct stat info;
  if (fstat(place.get(), &info) != 0) return errno;
  const Fd cover = S_ISDIR(info.st_mode) ? empty_directory(context) : Fd(null_device(context));
  if (!cover) return errno;
  return move_mount(cover.get(), "", place.get(), "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0 ? 0
                                                                                                              : errno;
}

int read_only_step(Context& context, const RecordView& step) {
  const Fd place(open_in_root(context, step.text(0), O_PATH | O_NOFOLLOW));
  if (!place) return errno == ENOENT || errno == ENOTDIR ? 0 : errno;
  const Fd copy(open_tree(place.get(), "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
  if (!copy) return errno;
  struct ::mount_attr attributes = {};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (mount_setattr(copy.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes) != 0) return errno;
  return move_mount(copy.get(), "", place.get(), "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0 ? 0
                                                                                                             : errno;
}

}  // namespace minidock::runtime::init
