// The mount tree. Sources are opened and file systems made as detached mounts, then attached below the root.
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/fd.h"
#include "runtime/init/filesystem.h"
#include "runtime/init/mount_api.h"
#include "runtime/init/mount_flags.h"
#include "runtime/init/paths.h"
#include "runtime/init/resolve.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

namespace {
// security: what is there may be a container's, which can change it meanwhile: it is resolved once, in `top`, and the
// clone is of what was found. -1 and errno.
int clone_below(Context& context, int top, const char* path, bool recursive) {
  const Fd there(open_resolved(top, path, O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS));
  const int tree = there ? clone_mount(context, there.get(), "", recursive) : -1;
  if (!there) {
    const int failure = errno;
    context.detail << "cannot access path " << path << ": " << strerrordesc_np(failure);
    errno = failure;
  }
  return tree;
}

// n2 S_IF*, n3 major, n4 minor; without n2 anything goes.
bool is_wanted_device(int fd, const RecordView& step) {
  if (step.number(2) == 0) return true;
  struct stat info;
  const dev_t device = makedev(static_cast<unsigned>(step.number(3)), static_cast<unsigned>(step.number(4)));
  return fstat(fd, &info) == 0 && (info.st_mode & S_IFMT) == static_cast<mode_t>(step.number(2)) &&
         info.st_rdev == device;
}
}  // namespace

int open_tree_step(Context& context, const RecordView& step) {
  const bool recursive = step.number(1) != 0;
  Fd tree;
  if (step.text_count() < 2) {
    tree = Fd(clone_mount(context, AT_FDCWD, step.text(0), recursive));
  } else {
    const Fd top(open(step.text(0), O_PATH | O_DIRECTORY | O_CLOEXEC));
    tree = Fd(clone_below(context, top.get(), step.text(1), recursive));
  }
  if (!tree) return errno;
  if (!is_wanted_device(tree.get(), step)) {
    context.detail << step.text(0) << " of the host is another device";
    return ENODEV;
  }
  take_slot(context, step.number(0), tree.release());
  return 0;
}

int open_below_step(Context& context, const RecordView& step) {
  const int64_t slot = step.number(0);
  if (attach_mount_at(context, context.slots[slot], step.text(1)) != 0) return errno;
  const int tree = clone_below(context, context.slots[slot], step.text(0), false);
  if (tree < 0) return errno;
  take_slot(context, slot, tree);
  return 0;
}

// security: the names are resolved below the root, so no link of the image leads to what the host has.
int open_inside_step(Context& context, const RecordView& step) {
  const Fd there(open_in_root(context, step.text(0), O_PATH));
  if (!there) return errno;
  const int tree = clone_mount(context, there.get(), "", step.number(1) != 0);
  if (tree < 0) return errno;
  take_slot(context, step.number(0), tree);
  return 0;
}

namespace {
// security: the first procfs and devpts are kept by descriptor; later writes go through these and never through a
// path that another mount or a racing container could have changed.
int keep_system(Context& context, const char* type, int mounted) {
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

// A tmpfs on a directory of the image is as open to others as that one was.
void take_mode(Context& context, const char* directory, FixedText<4200>& words) {
  struct stat info;
  const Fd covered(open_in_root(context, directory, O_PATH | O_DIRECTORY));
  if (!covered || fstat(covered.get(), &info) != 0) return;
  char octal[5] = {};
  for (int at = 3, left = static_cast<int>(info.st_mode & 07777); at >= 0; --at, left /= 8)
    octal[at] = static_cast<char>('0' + left % 8);
  words << (*words.c_str() == 0 ? "" : ",") << "mode=" << octal;
}
}  // namespace

int new_mount_step(Context& context, const RecordView& step) {
  FileSystem system = {step.text(0), step.text(1), step.text(2)};
  FixedText<4200> words;  // validate() keeps options below a page
  if (step.text_count() > 3) {
    words << system.words;
    take_mode(context, step.text(3), words);
    system.words = words.c_str();
  }
  const int mounted = make_mount(context, system, step.number(1));
  const int64_t instead = step.number(2) - 1;
  if (mounted < 0 && errno == EPERM && instead >= 0) {
    take_slot(context, step.number(0), context.slots[instead]);
    context.slots[instead] = -1;
    return 0;
  }
  if (mounted < 0) return errno;
  take_slot(context, step.number(0), mounted);
  return keep_system(context, system.type, mounted);
}

namespace {
int refuse_place(Context& context, const char* target, bool source_is_directory, bool strict) {
  context.detail << target
                 << (!source_is_directory ? " is a directory, but what is mounted on it is a file"
                     : strict             ? " must be a directory"
                                          : " is a file, but what is mounted on it is a directory");
  return ENOTDIR;
}
}  // namespace

int attach_step(Context& context, const RecordView& step) {
  const char* target = step.text(0);
  const bool strict = step.number(1) != 0;
  const int slot = context.slots[step.number(0)];
  struct stat source, info;
  if (fstat(slot, &source) != 0) return errno;
  const bool directory = S_ISDIR(source.st_mode);
  const Fd place(open_target(context, target, directory ? Missing::make_directory : Missing::make_file,
                             strict ? static_cast<uint64_t>(RESOLVE_NO_SYMLINKS) : 0));
  if (!place) {
    const int failure = errno;
    if (strict && (failure == ELOOP || failure == ENOTDIR))
      context.detail << target
                     << " must be mounted on ordinary directory: it must be a directory, not a link or a file";
    return failure;
  }
  if (fstat(place.get(), &info) != 0) return errno;
  if (S_ISDIR(info.st_mode) != directory) return refuse_place(context, target, directory, strict);
  if (attach_mount(context, slot, place.get()) != 0) return errno;
  if (strcmp(target, "/dev") == 0) {
    if (context.dev >= 0) close(context.dev);
    context.dev = fcntl(slot, F_DUPFD_CLOEXEC, 3);
  }
  if (step.number(2) == 0) take_slot(context, step.number(0), -1);
  return 0;
}

int set_attributes_step(Context& context, const RecordView& step) {
  MountChange change;
  change.set = static_cast<uint64_t>(step.number(1));
  change.clear = static_cast<uint64_t>(step.number(2));
  change.recursive = step.number(3) != 0;
  change.propagation = static_cast<uint64_t>(step.number(4));
  return change_mount(context, context.slots[step.number(0)], change) == 0 ? 0 : errno;
}

namespace {
constexpr uint64_t kRestrictions = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
constexpr uint64_t kTimes = MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME;
}  // namespace

// kernel: as a remount by mount(2) does it: flags that are not named are cleared, the atime mode stays unless another
// is named; and a user namespace keeps what is locked (mount_namespaces(7)). The bind was opened with the host's
// rights, so that last rule is ours to keep.
int bind_options_step(Context& context, const RecordView& step) {
  const int slot = context.slots[step.number(0)];
  const uint64_t set = static_cast<uint64_t>(step.number(1)), clear = static_cast<uint64_t>(step.number(2));
  const bool names_times = step.number(3) != 0, locked = step.number(4) != 0;
  uint64_t now = 0;
  if (current_attributes(slot, now) != 0) return errno;
  const uint64_t times = (names_times ? set : now) & kTimes;
  if (locked && ((now & clear & kRestrictions) != 0 || times != (now & kTimes))) {
    context.detail << "operation not permitted: in a user namespace an option that the host's mount has stays";
    return EPERM;
  }
  MountChange change;
  change.clear = kRestrictions | MOUNT_ATTR_NOSYMFOLLOW | kTimes;
  change.set = (set & ~kTimes) | times | (locked ? now & kRestrictions : 0);
  return change_mount(context, slot, change) == 0 ? 0 : errno;
}

int remount_step(Context& context, const RecordView& step) {
  const Fd place(open_in_root(context, step.text(0), O_PATH));
  if (!place) return errno;
  if (*step.text(1) != 0) {
    const Fd filesystem(fspick(place.get(), "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC));
    if (!filesystem || configure_words(filesystem.get(), step.text(1)) != 0 ||
        fsconfig(filesystem.get(), FSCONFIG_CMD_RECONFIGURE, nullptr, nullptr, 0) != 0) {
      return errno;
    }
  }
  MountChange change;
  change.set = static_cast<uint64_t>(step.number(0));
  change.clear = static_cast<uint64_t>(step.number(1));
  return change_mount(context, place.get(), change) == 0 ? 0 : errno;
}

}  // namespace minidock::runtime::init
