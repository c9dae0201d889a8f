// An empty volume takes what the image has at its target, as docker does. It runs inside the container's root
// before the volume is attached; no name is followed: every step is *at on an open directory with O_NOFOLLOW.
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "runtime/init/entries.h"
#include "runtime/init/paths.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

namespace {
bool is_empty(int dir) {
  return each_entry(dir, [](const char* name) { return strcmp(name, "lost+found") == 0 ? 0 : EEXIST; }) == 0;
}

int copy_attributes(int fd, const struct stat& info, int source) {
  if (fchown(fd, info.st_uid, info.st_gid) != 0) return errno;
  if (fchmod(fd, info.st_mode & 07777) != 0) return errno;
  char value[64];
  const ssize_t size = fgetxattr(source, "security.capability", value, sizeof value);
  if (size > 0 && fsetxattr(fd, "security.capability", value, static_cast<size_t>(size), 0) != 0) return errno;
  const timespec times[] = {info.st_atim, info.st_mtim};
  return futimens(fd, times) == 0 ? 0 : errno;
}

int copy_file(int from, int to, const char* name, const struct stat& info) {
  const Fd source(openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  const Fd target(openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!source || !target) return errno;
  char buffer[65536];
  for (;;) {
    const ssize_t got = read(source.get(), buffer, sizeof buffer);
    if (got < 0) return errno;
    if (got == 0) return copy_attributes(target.get(), info, source.get());
    for (ssize_t done = 0; done < got;) {
      const ssize_t put = write(target.get(), buffer + done, static_cast<size_t>(got - done));
      if (put < 0) return errno;
      done += put;
    }
  }
}

int copy_directory(int source, int target, int depth);

int copy_entry(int from, int to, const char* name, int depth) {
  struct stat info;
  if (fstatat(from, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  if (S_ISREG(info.st_mode)) return copy_file(from, to, name, info);
  if (S_ISDIR(info.st_mode)) {
    if (depth >= kMaxDepth) return ELOOP;
    if (mkdirat(to, name, 0700) != 0) return errno;
    const Fd source(openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    const Fd target(openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!source || !target) return errno;
    if (const int failure = copy_directory(source.get(), target.get(), depth + 1); failure != 0) return failure;
    return copy_attributes(target.get(), info, source.get());
  }
  if (S_ISLNK(info.st_mode)) {
    char link[4096];
    const ssize_t size = readlinkat(from, name, link, sizeof link - 1);
    if (size < 0) return errno;
    link[size] = 0;
    if (symlinkat(link, to, name) != 0) return errno;
  } else if (mknodat(to, name, info.st_mode, info.st_rdev) != 0) {
    return errno;
  }
  return fchownat(to, name, info.st_uid, info.st_gid, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
}

int copy_directory(int source, int target, int depth) {
  return each_entry(source, [&](const char* name) { return copy_entry(source, target, name, depth); });
}
// What the names say: store/volume_filling.h, which cleans up after us where we are cut off.
constexpr const char* kFilling = "filling";
constexpr const char* kFilled = "filled";

bool exists(int dir, const char* name) {
  struct stat info;
  return fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

// kernel: a directory that names are moved out of may be listed with gaps, so it is listed until nothing is left.
int move_all(int from, int to) {
  for (bool moved = true; moved;) {
    moved = false;
    const Fd listed(openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!listed) return errno;
    const int failure = each_entry(listed.get(), [&](const char* name) {
      moved = true;
      return syscall(SYS_renameat2, from, name, to, name, RENAME_NOREPLACE) == 0 ? 0 : errno;
    });
    if (failure != 0) return failure;
  }
  return 0;
}

int make_copy(int home, int source, const struct stat& info) {
  if (mkdirat(home, kFilling, 0700) != 0) return errno;
  const Fd made(openat(home, kFilling, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!made) return errno;
  if (const int failure = copy_directory(source, made.get(), 0); failure != 0) return failure;
  if (const int failure = copy_attributes(made.get(), info, source); failure != 0) return failure;
  return renameat(home, kFilling, home, kFilled) == 0 ? 0 : errno;
}

// All of it beside the volume's files, and then one name after the other: whoever is killed in between leaves what the
// next start can undo or finish.
int copy_as_a_whole(Context& context, int home, int source, const struct stat& info) {
  const Fd lock(openat(home, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // kernel: renames stay within one mount, so the volume is opened by this one, and not by its slot.
  const Fd volume(openat(home, "_data", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!lock || !volume || flock(lock.get(), LOCK_EX) != 0) return errno;
  if (exists(home, kFilling) || exists(home, kFilled)) {
    context.detail << "another start that was to fill the volume has just been cut off; start again";
    return EBUSY;
  }
  if (!is_empty(volume.get())) return 0;  // another start has filled it while we waited
  if (const int failure = make_copy(home, source, info); failure != 0) return failure;
  const Fd made(openat(home, kFilled, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!made) return errno;
  if (const int failure = move_all(made.get(), volume.get()); failure != 0) return failure;
  if (const int failure = copy_attributes(volume.get(), info, source); failure != 0) return failure;
  return unlinkat(home, kFilled, AT_REMOVEDIR) == 0 ? 0 : errno;
}
}  // namespace

int copy_up_step(Context& context, const RecordView& step) {
  const Fd source(open_in_root(context, step.text(0), O_RDONLY | O_DIRECTORY));
  if (!source) return errno == ENOENT || errno == ENOTDIR ? 0 : errno;
  const Fd target(openat(context.slots[step.number(0)], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!target) return errno;
  if (!is_empty(target.get())) return 0;
  struct stat info;
  if (fstat(source.get(), &info) != 0) return errno;
  if (const int64_t home = step.number(1) - 1; home >= 0) {
    return copy_as_a_whole(context, context.slots[home], source.get(), info);
  }
  if (const int failure = copy_directory(source.get(), target.get(), 0); failure != 0) return failure;
  return copy_attributes(target.get(), info, source.get());
}

}  // namespace minidock::runtime::init
