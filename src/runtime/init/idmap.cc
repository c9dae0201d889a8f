// Idmapped mounts (mount_setattr(2)): the kernel takes the map from a user namespace, which a child is made for.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "runtime/init/filesystem.h"
#include "runtime/init/mount_api.h"
#include "runtime/init/paths.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

namespace {
// A process in a new user namespace that does nothing but hold it.
pid_t hold_namespace() {
  const pid_t child =
      static_cast<pid_t>(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (child != 0) return child;
  for (;;) pause();
}

int write_map(pid_t holder, const char* file, const char* text) {
  FixedText<64> path;
  path << "/proc/" << static_cast<int64_t>(holder) << "/" << file;
  return write_small(AT_FDCWD, path.c_str(), text, strlen(text));
}

int mapped_namespace(const RecordView& step) {
  const pid_t holder = hold_namespace();
  if (holder < 0) return -1;
  FixedText<64> path;
  path << "/proc/" << static_cast<int64_t>(holder) << "/ns/user";
  int fd = -1;
  if (write_map(holder, "uid_map", step.text(0)) == 0 && write_map(holder, "gid_map", step.text(1)) == 0)
    fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const int failure = errno;
  kill(holder, SIGKILL);
  waitpid(holder, nullptr, 0);
  errno = failure;
  return fd;
}
}  // namespace

int open_map_step(Context& context, const RecordView& step) {
  if (!has_mount_api(context)) {
    context.detail << "this kernel has no idmapped mounts: they need Linux 5.12";
    return ENOSYS;
  }
  Fd owner(*step.text(2) != 0 ? open(step.text(2), O_RDONLY | O_CLOEXEC) : mapped_namespace(step));
  if (!owner) {
    const int failure = errno;
    context.detail << "the map: " << strerrordesc_np(failure);
    return failure;
  }
  take_slot(context, step.number(0), owner.release());
  return 0;
}

int idmap_step(Context& context, const RecordView& step) {
  struct ::mount_attr attributes = {};
  attributes.attr_set = MOUNT_ATTR_IDMAP;
  attributes.userns_fd = static_cast<uint64_t>(context.slots[step.number(2)]);
  const unsigned flags = AT_EMPTY_PATH | (step.number(1) != 0 ? static_cast<unsigned>(AT_RECURSIVE) : 0);
  if (mount_setattr(context.slots[step.number(0)], "", flags, &attributes, sizeof attributes) == 0) return 0;
  const int failure = errno;
  if (failure == EINVAL) context.detail << "the file system of the source cannot be idmapped";
  return failure;
}

}  // namespace minidock::runtime::init
