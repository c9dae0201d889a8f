// Dropping rights. order: bounding set, then groups, gid, uid with the permitted set kept, then (elsewhere) the
// filter where it needs CAP_SYS_ADMIN, then the final sets. Inheritable and ambient stay empty unless asked for.
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/init/steps.h"

namespace minidock::runtime::init {

namespace {
struct Sets {
  uint64_t effective, permitted, inheritable;
};

__user_cap_header_struct header() {
  return {_LINUX_CAPABILITY_VERSION_3, 0};
}

int set_capabilities(const Sets& sets) {
  __user_cap_header_struct head = header();
  __user_cap_data_struct data[2];
  for (int half = 0; half < 2; ++half) {
    data[half].effective = static_cast<uint32_t>(sets.effective >> (32 * half));
    data[half].permitted = static_cast<uint32_t>(sets.permitted >> (32 * half));
    data[half].inheritable = static_cast<uint32_t>(sets.inheritable >> (32 * half));
  }
  return static_cast<int>(syscall(SYS_capset, &head, data));
}

int get_permitted(uint64_t* permitted) {
  __user_cap_header_struct head = header();
  __user_cap_data_struct data[2] = {};
  if (syscall(SYS_capget, &head, data) != 0) return -1;
  *permitted = data[0].permitted | static_cast<uint64_t>(data[1].permitted) << 32;
  return 0;
}
}  // namespace

int bounding_set_step(const RecordView& step) {
  const uint64_t keep = static_cast<uint64_t>(step.number(0));
  for (int capability = 0; capability < 64; ++capability) {
    if ((keep >> capability & 1) != 0) continue;
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
      if (errno == EINVAL) break;  // past the kernel's last capability
      return errno;
    }
  }
  return 0;
}

int become_user_step(Context& context) {
  const Identity& identity = context.identity;
  // A user namespace may forbid setgroups; without a group to add nothing is lost then.
  if (setgroups(static_cast<size_t>(identity.group_count), identity.groups) != 0 &&
      !(errno == EPERM && identity.group_count == 0)) {
    return errno;
  }
  if (setresgid(identity.gid, identity.gid, identity.gid) != 0) return errno;
  if (identity.uid == 0 && getuid() == 0) return 0;  // already: clone made us root of this user namespace
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return errno;
  if (setresuid(identity.uid, identity.uid, identity.uid) != 0) return errno;
  // kernel: setuid away from 0 clears the effective set even with KEEPCAPS; the filter step may need it.
  uint64_t permitted = 0;
  if (get_permitted(&permitted) != 0 || set_capabilities({permitted, permitted, 0}) != 0) return errno;
  return 0;
}

int capability_sets_step(const Context& context, const RecordView& step) {
  const uint64_t ambient = static_cast<uint64_t>(step.number(3));
  // kernel: execve takes them from a user other than root anyway; before that they would open files that the user must
  // not execute.
  const bool none = step.number(4) != 0 && context.identity.uid != 0;
  const Sets sets = none ? Sets{}
                         : Sets{static_cast<uint64_t>(step.number(0)), static_cast<uint64_t>(step.number(1)),
                                static_cast<uint64_t>(step.number(2))};
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return errno;
  if (set_capabilities(sets) != 0) return errno;
  for (int capability = 0; capability < 64; ++capability) {
    if ((ambient >> capability & 1) != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0)
      return errno;
  }
  return 0;
}

}  // namespace minidock::runtime::init
