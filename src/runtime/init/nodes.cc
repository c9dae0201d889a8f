// What /dev holds, and device nodes elsewhere. In a detached mount, by name; in the container's tree, by a path whose
// parent is opened and verified first, so that no link of the image leads elsewhere (CVE-2026-41579).
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "runtime/init/paths.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

namespace {
// Where t0 of the step lies: in the mount of slot n0, or, without one, in the directory of the path.
struct Location {
  Fd parent;  // owned where it was opened for this
  int dir = -1;
  const char* name = "";
};

int locate(Context& context, const RecordView& step, Location& location) {
  location.name = step.text(0);
  if (step.number(0) >= 0) {
    location.dir = context.slots[step.number(0)];
    return 0;
  }
  char directory[4096];
  const char* slash = strrchr(step.text(0), '/');
  if (slash == nullptr || slash[1] == 0) return EINVAL;
  const size_t length = static_cast<size_t>(slash - step.text(0));
  if (length >= sizeof directory) return ENAMETOOLONG;
  memcpy(directory, step.text(0), length);
  directory[length] = 0;
  location.parent = Fd(open_target(context, length == 0 ? "/" : directory, Missing::make_directory));
  location.dir = location.parent.get();
  location.name = slash + 1;
  return location.parent ? 0 : errno;
}

// The image may have the very node that is asked for; anything else there is an error.
int check_existing(Context& context, const Location& location, mode_t mode, dev_t device) {
  struct stat info;
  if (fstatat(location.dir, location.name, &info, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  if ((info.st_mode & S_IFMT) == (mode & S_IFMT) && (S_ISFIFO(mode) || info.st_rdev == device)) return 0;
  context.detail << location.name << " is there already and is another file";
  return EEXIST;
}
}  // namespace

int make_node_step(Context& context, const RecordView& step) {
  Location location;
  if (const int failure = locate(context, step, location); failure != 0) return failure;
  const mode_t mode = static_cast<mode_t>(step.number(1));
  const dev_t device = S_ISCHR(mode) || S_ISBLK(mode)
                           ? makedev(static_cast<unsigned>(step.number(2)), static_cast<unsigned>(step.number(3)))
                           : 0;
  const uid_t uid = static_cast<uid_t>(step.number(4));
  const gid_t gid = static_cast<gid_t>(step.number(5));
  bool change = uid != 0 || gid != 0;
  if (mknodat(location.dir, location.name, mode, device) != 0) {
    if (errno != EEXIST) return errno;
    if (const int failure = check_existing(context, location, mode, device); failure != 0) return failure;
    change = true;
  }
  if (!change) return 0;
  // race: the file that is checked is the file that is changed, whatever its name means by then.
  const Fd made(openat(location.dir, location.name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat info;
  if (!made || fstat(made.get(), &info) != 0) return errno;
  if ((info.st_mode & S_IFMT) != (mode & S_IFMT)) return EEXIST;
  if (fchownat(made.get(), "", uid, gid, AT_EMPTY_PATH) != 0) return errno;
  if ((info.st_mode & 07777) == (mode & 07777)) return 0;
  FixedText<32> link;  // kernel: a descriptor of O_PATH takes no fchmod(2)
  link << "/proc/self/fd/" << made.get();
  return fchmodat(AT_FDCWD, link.c_str(), mode & 07777, 0) == 0 ? 0 : errno;
}

int make_symlink_step(Context& context, const RecordView& step) {
  Location location;
  if (const int failure = locate(context, step, location); failure != 0) return failure;
  if (symlinkat(step.text(1), location.dir, location.name) == 0) return 0;
  if (errno != EEXIST) return errno;
  if (step.number(1) == 0) return 0;
  // An image's own file there: a directory is left, for what is mounted on it.
  if (unlinkat(location.dir, location.name, 0) != 0) return errno == EISDIR ? 0 : errno;
  return symlinkat(step.text(1), location.dir, location.name) == 0 ? 0 : errno;
}

int make_directory_step(Context& context, const RecordView& step) {
  Location location;
  if (const int failure = locate(context, step, location); failure != 0) return failure;
  const mode_t mode = static_cast<mode_t>(step.number(1));
  return mkdirat(location.dir, location.name, mode) == 0 || errno == EEXIST ? 0 : errno;
}

int device_directory(Context& context) {
  // security: no tmpfs of ours is there, so it is the image's directory: not by a link.
  if (context.dev < 0) context.dev = open_in_root(context, "/dev", O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
  return context.dev;
}

}  // namespace minidock::runtime::init
