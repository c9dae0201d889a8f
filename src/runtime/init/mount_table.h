// The mounts of our namespace, as /proc/self/mountinfo lists them (proc_pid_mountinfo(5)). Needs a procfs on /proc,
// so it is for steps before the root is entered. Situation: see context.h.
#pragma once

namespace minidock::runtime::init {

constexpr int kMaxMounts = 100000;  // fs.mount-max: the kernel's own limit for a namespace

// Valid during the visit. Paths without the table's octal escapes.
struct MountEntry {
  int id = 0, parent = 0;
  const char* root = "";   // of the file system, what is mounted
  const char* point = "";  // where, below our "/"
  const char* type = "";
};

using VisitMount = int (*)(void* visitor, const MountEntry& entry);
int read_mount_table(VisitMount visit, void* visitor);

// Calls visit(entry) for every mount, parents first; stops at the first result other than 0 and returns it; else 0 or
// errno.
template <typename Visitor>
int each_mount(Visitor visitor) {
  return read_mount_table([](void* at, const MountEntry& entry) -> int { return (*static_cast<Visitor*>(at))(entry); },
                          &visitor);
}

}  // namespace minidock::runtime::init
