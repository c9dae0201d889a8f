// Mounts that are attached nowhere: they live as long as their descriptor, so that no path on the host shows them and
// no crash leaves them. By the mount API: fsopen(2), open_tree(2), move_mount(2), mount_setattr(2). All throw Error.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"

namespace minidock::linux {

// An overlay's directories, absolute. Without `upper` it is read-only, and one lower alone is shown as it is.
struct OverlayDirectories {
  std::vector<std::string> lowers;  // topmost first
  std::string upper, work;
  bool read_only = false;
  uint64_t attributes = 0;  // further MOUNT_ATTR_*
};

// A detached overlay. Of a kernel before 6.7, which takes all lowers as one short text, throws exhausted for more
// layers than that holds.
Fd make_overlay(const OverlayDirectories& directories);

// A detached copy of the mount that `directory` (borrowed, of our mount namespace) is on, from there on; `recursive`:
// with what is mounted below. Private, with MOUNT_ATTR_* `attributes`.
Fd clone_mount(int directory, bool recursive, uint64_t attributes);

// The root mount of another mount namespace (borrowed, of /proc/PID/ns/mnt) without what is mounted below it.
// Enters the namespace in a child of its own. kernel: open_tree(2) copies mounts of the caller's namespace only.
Fd clone_root_of(int mount_namespace, uint64_t attributes);

// Gives a detached mount (borrowed) a place that is there. It stays when the descriptor goes.
void attach_mount(int mount, const std::string& path);
bool is_mount_point(const std::string& path);  // false also where there is nothing
// `lazy`: whoever is in it keeps what he has (MNT_DETACH). False while it is in use.
bool try_unmount(const std::string& path, bool lazy);

// Makes a detached mount (borrowed) the root of this process, in a new mount namespace that has nothing else. The
// caller has one thread and is in a child made for it.
void move_into(int mount);

}  // namespace minidock::linux
