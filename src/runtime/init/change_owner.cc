// What is mounted is given to the container's user, before anybody in the container sees it. No name is followed: every
// step is *at on an open directory with O_NOFOLLOW, and what another container puts there meanwhile leads nowhere.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "runtime/init/entries.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

namespace {
struct Owner {
  uid_t uid = 0;
  gid_t gid = 0;
};

// `fd` of O_PATH. kernel: a change of owner takes set-user-ID bits and capabilities away, so what is right stays as it
// is.
int give(int fd, const struct stat& info, Owner owner) {
  if (info.st_uid == owner.uid && info.st_gid == owner.gid) return 0;
  return fchownat(fd, "", owner.uid, owner.gid, AT_EMPTY_PATH) == 0 ? 0 : errno;
}

int give_all(int pin, Owner owner, int depth) {
  struct stat info;
  if (fstat(pin, &info) != 0) return errno;
  if (S_ISDIR(info.st_mode)) {
    if (depth >= kMaxDepth) return ELOOP;
    const Fd directory(openat(pin, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return errno;
    const int failure = each_entry(directory.get(), [&](const char* name) {
      const Fd entry(openat(directory.get(), name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
      if (!entry) return errno == ENOENT ? 0 : errno;
      return give_all(entry.get(), owner, depth + 1);
    });
    if (failure != 0) return failure;
  }
  return give(pin, info, owner);
}
}  // namespace

int change_owner_step(Context& context, const RecordView& step) {
  Owner owner;
  if (const int failure = find_ids(context, step, owner.uid, owner.gid); failure != 0) return failure;
  return give_all(context.slots[step.number(0)], owner, 0);
}

}  // namespace minidock::runtime::init
