#include "linux/detached_mount.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "linux/child.h"
#include "linux/syscalls.h"

namespace minidock::linux {

namespace {

// What the kernel wrote into the context's log, if it says more than errno does.
std::string log_of(int context) {
  char text[512];
  const ssize_t size = ::read(context, text, sizeof text);
  if (size <= 2) return {};
  return cat(" (", printable(trim(std::string_view(text + 2, static_cast<size_t>(size) - 2))), ")");
}

bool try_set(int context, const char* key, const std::string& value) {
  return fsconfig(context, FSCONFIG_SET_STRING, key, value.c_str(), 0) == 0;
}

void set(int context, const char* key, const std::string& value) {
  if (try_set(context, key, value)) return;
  const int failure = errno;
  throw_errno_message(failure, cat("overlay: set ", key, log_of(context)));
}

// kernel: before 6.7 the lowers are one text of at most 255 bytes. Their descriptors' names are short, whatever the
// store's path; before 6.5 they are looked up when the overlay is made, so `pins` has to last until then.
void set_lowers_as_text(int context, const std::vector<std::string>& lowers, std::vector<Fd>& pins) {
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
  set(context, "lowerdir", text);
}

// The context of an overlay that is made; none where this kernel does not know lowers one by one.
Fd try_create_overlay(const OverlayDirectories& directories, bool one_by_one) {
  Fd context(fsopen("overlay", FSOPEN_CLOEXEC));
  if (!context) throw_errno("overlay: not available");
  set(context.get(), "source", "minidock");
  std::vector<Fd> pins;
  if (!one_by_one) set_lowers_as_text(context.get(), directories.lowers, pins);
  for (size_t i = 0; one_by_one && i < directories.lowers.size(); ++i) {
    if (try_set(context.get(), "lowerdir+", directories.lowers[i])) continue;
    if (errno == EINVAL && i == 0) return Fd();
    throw_errno("overlay: open layer ", directories.lowers[i]);
  }
  if (!directories.upper.empty()) {
    set(context.get(), "upperdir", directories.upper);
    set(context.get(), "workdir", directories.work);
  }
  if (fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0) return context;
  const int failure = errno;
  // kernel: before 6.5 no option is looked at before this.
  if (failure == EINVAL && one_by_one) return Fd();
  throw_errno_message(failure, cat("mount overlay", log_of(context.get())));
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
  Fd context = try_create_overlay(directories, true);
  if (!context) context = try_create_overlay(directories, false);
  const bool read_only = directories.read_only || directories.upper.empty();
  const uint64_t attributes = directories.attributes | (read_only ? MOUNT_ATTR_RDONLY : 0);
  Fd mount(fsmount(context.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes)));
  if (!mount) throw_errno("mount overlay");
  return mount;
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
