// The mount tree. Sources are opened and file systems made as detached mounts, then attached to verified
// O_PATH descriptors: no path is resolved by mount(2), so no name in the image can redirect a mount.
#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "linux/syscalls.h"
#include "runtime/init/filesystem.h"
#include "runtime/init/paths.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

int open_tree_step(Context& context, const RecordView& step) {
  unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
  if (step.number(1) != 0) flags |= AT_RECURSIVE;
  const int fd = open_tree(AT_FDCWD, step.text(0), flags);
  if (fd < 0) return errno;
  take_slot(context, step.number(0), fd);
  return 0;
}

int new_mount_step(Context& context, const RecordView& step) {
  const char* type = step.text(0);
  const Fd filesystem(fsopen(type, FSOPEN_CLOEXEC));
  if (!filesystem) return errno;
  int result = *step.text(1) == 0 ? 0 : configure(filesystem.get(), "source", step.text(1));
  if (result == 0) result = configure_words(filesystem.get(), step.text(2));
  const int mounted = result == 0 ? create_mount(filesystem.get(), step.number(1)) : -1;
  if (mounted < 0) {
    const int failure = errno;
    explain_from_log(context, filesystem.get());
    return failure;
  }
  take_slot(context, step.number(0), mounted);
  // security: the first procfs, devpts and /dev are kept by descriptor; later writes go through these and
  // never through a path that another mount or a racing container could have changed.
  if (strcmp(type, "proc") == 0 && context.proc < 0) {
    struct statfs info;
    struct stat root;
    if (fstatfs(mounted, &info) != 0 || info.f_type != PROC_SUPER_MAGIC || fstat(mounted, &root) != 0 ||
        root.st_ino != 1) {
      return EXDEV;
    }
    context.proc = fcntl(mounted, F_DUPFD_CLOEXEC, 3);
  }
  if (strcmp(type, "devpts") == 0 && context.devpts < 0) context.devpts = fcntl(mounted, F_DUPFD_CLOEXEC, 3);
  return 0;
}

int attach_step(Context& context, const RecordView& step) {
  const char* target = step.text(0);
  const bool system = step.number(1) != 0;
  const int slot = context.slots[step.number(0)];
  struct stat source, info;
  if (fstat(slot, &source) != 0) return errno;
  const bool directory = S_ISDIR(source.st_mode);
  const Fd place(open_target(context, target, directory ? Missing::make_directory : Missing::make_file,
                             system ? static_cast<uint64_t>(RESOLVE_NO_SYMLINKS) : 0));
  if (!place) {
    const int failure = errno;
    if (system && (failure == ELOOP || failure == ENOTDIR))
      context.detail << target << " must be a directory, not a link or a file";
    return failure;
  }
  if (fstat(place.get(), &info) != 0) return errno;
  if (S_ISDIR(info.st_mode) != directory) {
    context.detail << target
                   << (!directory ? " is a directory, but what is mounted on it is a file"
                       : system   ? " must be a directory"
                                  : " is a file, but what is mounted on it is a directory");
    return ENOTDIR;
  }
  return move_mount(slot, "", place.get(), "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0 ? 0 : errno;
}

int set_attributes_step(Context& context, const RecordView& step) {
  struct ::mount_attr attributes = {};
  attributes.attr_set = static_cast<uint64_t>(step.number(1));
  attributes.attr_clr = static_cast<uint64_t>(step.number(2));
  attributes.propagation = static_cast<uint64_t>(step.number(4));
  const unsigned flags = AT_EMPTY_PATH | (step.number(3) != 0 ? static_cast<unsigned>(AT_RECURSIVE) : 0);
  const int slot = context.slots[step.number(0)];
  return mount_setattr(slot, "", flags, &attributes, sizeof attributes) == 0 ? 0 : errno;
}

}  // namespace minidock::runtime::init
