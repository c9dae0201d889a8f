// The mounts of our namespace, as /proc/self/mountinfo lists them (proc_pid_mountinfo(5)). Calls do not nest.
// Situation: see context.h.
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
int read_mount_table(int table, VisitMount visit, void* visitor);

// Calls visitor(entry) for every mount of an opened mountinfo, from where it was read to; stops at the first result
// other than 0 and returns it; else 0 or errno.
template <typename Visitor>
int each_mount(int table, Visitor visitor) {
  const VisitMount visit = [](void* at, const MountEntry& entry) -> int { return (*static_cast<Visitor*>(at))(entry); };
  return read_mount_table(table, visit, &visitor);
}

}  // namespace minidock::runtime::init
