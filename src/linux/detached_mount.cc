#include "linux/detached_mount.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "linux/child.h"
#include "linux/mount_context.h"
#include "linux/syscalls.h"

namespace minidock::linux {

namespace {

// kernel: before 6.7 the lowers are one text of at most 255 bytes. Their descriptors' names are short, whatever the
// store's path; before 6.5 they are looked up when the overlay is made, so `pins` has to last until then.
void set_lowers_as_text(const MountContext& context, const std::vector<std::string>& lowers, std::vector<Fd>& pins) {
  constexpr size_t kTextBytes = 255;
  std::string text;
  for (const std::string& lower : lowers) {
    pins.push_back(open_file(AT_FDCWD, lower, O_PATH | O_DIRECTORY));
    text += cat(text.empty() ? "" : ":", "/proc/self/fd/", pins.back().get());
  }
  if (text.size() > kTextBytes) {
    throw_error(ErrorKind::exhausted, "overlay: ", lowers.size(),
                " layers are more than this kernel takes here; 6.7 "
                "has no such limit");
  }
  context.set("lowerdir", text);
}

// The context of an overlay that is made; none where this kernel does not know lowers one by one.
std::optional<MountContext> try_create_overlay(const OverlayDirectories& directories, bool one_by_one) {
  MountContext context("overlay");
  context.set("source", "minidock");
  std::vector<Fd> pins;
  if (!one_by_one) set_lowers_as_text(context, directories.lowers, pins);
  for (size_t i = 0; one_by_one && i < directories.lowers.size(); ++i) {
    if (context.try_set("lowerdir+", directories.lowers[i])) continue;
    if (errno == EINVAL && i == 0) return std::nullopt;
    throw_errno("overlay: open layer ", directories.lowers[i]);
  }
  if (!directories.upper.empty()) {
    context.set("upperdir", directories.upper);
    context.set("workdir", directories.work);
  }
  if (context.try_create()) return context;
  // kernel: before 6.5 no option is looked at before this.
  if (errno == EINVAL && one_by_one) return std::nullopt;
  context.fail_to_create(errno);
}

void restrict_mount(int mount, bool recursive, uint64_t attributes) {
  mount_attr change = {};
  change.attr_set = attributes;
  // kernel: a copy of a shared mount (every mount of a systemd host is) is shared too, and pivot_root refuses it.
  change.propagation = MS_PRIVATE;
  const unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
  // kernel: mount_setattr() came with 5.12; before it move_into() makes all private, and nothing is restricted.
  if (mount_setattr(mount, "", flags, &change, sizeof change) != 0 && errno != ENOSYS) {
    throw_errno("restrict a mount");
  }
}

}  // namespace

Fd make_overlay(const OverlayDirectories& directories) {
  if (directories.lowers.size() == 1 && directories.upper.empty()) {
    const Fd only = open_file(AT_FDCWD, directories.lowers[0], O_PATH | O_DIRECTORY);
    return clone_mount(only.get(), false, MOUNT_ATTR_RDONLY);
  }
  std::optional<MountContext> context = try_create_overlay(directories, true);
  if (!context) context = try_create_overlay(directories, false);
  const bool read_only = directories.read_only || directories.upper.empty();
  return context->mount(directories.attributes | (read_only ? MOUNT_ATTR_RDONLY : 0));
}

Fd clone_mount(int directory, bool recursive, uint64_t attributes) {
  const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
  Fd mount(open_tree(directory, "", flags));
  if (!mount) throw_errno("copy a mount");
  restrict_mount(mount.get(), recursive, attributes);
  return mount;
}

Fd clone_root_of(int mount_namespace, uint64_t attributes) {
  return fd_from_child([mount_namespace, attributes] {
    if (enter_namespace(mount_namespace, CLONE_NEWNS) != 0) throw_errno("enter the container's mount namespace");
    const Fd root = open_file(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
    return clone_mount(root.get(), false, attributes);
  });
}

void attach_mount(int mount, const std::string& path) {
  if (move_mount(mount, "", AT_FDCWD, path.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0) throw_errno("mount at ", path);
}

bool is_mount_point(const std::string& path) {
  struct statx info = {};
  if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &info) != 0) return false;
  return (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

bool try_unmount(const std::string& path, bool lazy) {
  if (umount2(path.c_str(), UMOUNT_NOFOLLOW | (lazy ? MNT_DETACH : 0)) == 0) return true;
  if (errno == EBUSY) return false;
  throw_errno("unmount ", path);
}

void move_into(int tree) {
  if (unshare(CLONE_NEWNS) != 0) throw_errno("unshare the mount namespace");
  // order: private first, or the pivot would be seen by the parent's namespace.
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) throw_errno("make mounts private");
  if (move_mount(tree, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) != 0) throw_errno("attach the new root");
  if (fchdir(tree) != 0) throw_errno("enter the new root");
  // Once more for kernels without mount_setattr().
  if (mount(nullptr, ".", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) throw_errno("make the new root private");
  // pivot_root(2): with "." twice the old root ends up on top of the new one, and goes without a name.
  if (pivot_root(".", ".") != 0) throw_errno("pivot_root into the new root");
  if (umount2(".", MNT_DETACH) != 0) throw_errno("detach the old root");
}

}  // namespace minidock::linux
