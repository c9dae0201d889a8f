// The container's root: attached, entered, and what holds for the whole of it.
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "linux/syscalls.h"
#include "runtime/init/mount_api.h"
#include "runtime/init/mount_table.h"
#include "runtime/init/paths.h"
#include "runtime/init/resolve.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

namespace {
// security: in the caller's mount namespace the root is mounted on the very directory that it is a copy of, or not at
// all; and it is made private, since on a shared mount it becomes shared itself.
int attach_on_itself(Context& context, int root, const char* path) {
  const Fd place(open_resolved(AT_FDCWD, path, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS));
  struct stat wanted, found;
  if (!place || fstat(root, &wanted) != 0 || fstat(place.get(), &found) != 0) return errno;
  if (wanted.st_dev != found.st_dev || wanted.st_ino != found.st_ino) return ESTALE;
  if (attach_mount(context, root, place.get()) != 0) return errno;
  MountChange change;
  change.propagation = MS_PRIVATE;
  change.recursive = true;
  return change_mount(context, root, change) == 0 ? 0 : errno;
}
}  // namespace

int attach_root_step(Context& context, const RecordView& step) {
  int& slot = context.slots[step.number(0)];
  if (step.number(1) != 0) {
    if (const int failure = attach_on_itself(context, slot, step.text(0)); failure != 0) return failure;
  } else if (attach_mount_at(context, slot, step.text(0)) != 0) {
    // kernel: on the way there may be directories that root of a new user namespace cannot search. On top of "/" does
    // as well; only a createContainer hook that looks for the root by its path on the host misses it.
    if (errno != EACCES || attach_mount_at(context, slot, "/") != 0) return errno;
  }
  context.root = slot;
  slot = -1;
  return 0;
}

namespace {
// The directory of the root as mountinfo(5) writes it.
int path_of_root(Context& context, char* path, size_t size) {
  FixedText<32> link;
  link << "/proc/self/fd/" << context.root;
  const ssize_t length = readlink(link.c_str(), path, size - 1);
  if (length < 0) return errno;
  path[length] = 0;
  // On top of "/" the mounts below it have the same paths as the host's.
  return strcmp(path, "/") == 0 ? ENOTSUP : 0;
}

// security: after chroot the mounts beside the root are still in our namespace. A procfs or sysfs among them would
// let a privileged process do what the masks and read-only paths of ours forbid, so they go.
int drop_kernel_mounts(Context& context) {
  char root[4096];
  if (const int failure = path_of_root(context, root, sizeof root); failure != 0) return failure;
  // order: opened once, for the host's procfs is among what goes.
  const Fd table(open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
  if (!table) return errno;
  for (int rounds = 0; rounds < kMaxMounts; ++rounds) {
    bool dropped = false;
    if (lseek(table.get(), 0, SEEK_SET) != 0) return errno;
    const int result = each_mount(table.get(), [&](const MountEntry& entry) {
      const bool kernels = strcmp(entry.type, "proc") == 0 || strcmp(entry.type, "sysfs") == 0;
      const size_t length = strlen(root);
      const bool ours = strncmp(entry.point, root, length) == 0 && (entry.point[length] == '/' || !entry.point[length]);
      if (!kernels || ours || strcmp(entry.root, "/") != 0) return 0;
      dropped = umount2(entry.point, MNT_DETACH) == 0;
      // kernel: what came from a more privileged namespace is locked: it can be covered, not unmounted.
      if (!dropped && mount("tmpfs", entry.point, "tmpfs", MS_RDONLY, "size=0") != 0) return errno;
      return dropped ? ECANCELED : 0;  // the table has changed: read it anew
    });
    if (!dropped) return result;
  }
  return ELOOP;
}

int enter_root(Context& context) {
  if (fchdir(context.root) != 0 || chroot(".") != 0) return errno;
  return chdir("/") == 0 ? 0 : errno;
}

// kernel: the initial ramfs cannot be moved, so pivot_root(2) refuses it (switch_root(8) does as is done here).
int move_root(Context& context) {
  if (const int failure = drop_kernel_mounts(context); failure != 0) return failure;
  if (attach_mount_at(context, context.root, "/") != 0) return errno;
  return enter_root(context);
}
}  // namespace

int pivot_step(Context& context, const RecordView& step) {
  if (step.number(1) > 0) context.root = fcntl(context.slots[step.number(1) - 1], F_DUPFD_CLOEXEC, 3);
  if (step.number(0) == 2) return enter_root(context);
  if (step.number(0) != 0) return move_root(context);
  if (fchdir(context.root) != 0) return errno;
  // kernel: with "." for both, pivot_root(2) stacks the old root on the new one at "/"; the lazy umount
  // then drops it, so no directory for it is needed in the image.
  if (linux::pivot_root(".", ".") != 0) return errno;
  if (umount2(".", MNT_DETACH) != 0) return errno;
  // With the staging directory on top of it, the old root is the second to go.
  if (context.emulation.staging >= 0 && umount2(".", MNT_DETACH) != 0) return errno;
  return chdir("/") == 0 ? 0 : errno;
}

int root_propagation_step(const RecordView& step) {
  return mount(nullptr, "/", nullptr, static_cast<unsigned long>(step.number(0)), nullptr) == 0 ? 0 : errno;
}

int root_read_only_step(Context& context) {
  const Fd root(open_in_root(context, "/", O_PATH | O_DIRECTORY));
  MountChange change;
  change.set = MOUNT_ATTR_RDONLY;
  return root && change_mount(context, root.get(), change) == 0 ? 0 : errno;
}

}  // namespace minidock::runtime::init
