// Mounts by descriptor: made or copied detached, changed, then attached to a verified O_PATH descriptor, so that no
// path is resolved by mount(2) and no name in an image can redirect a mount. By the kernel's mount API (fsopen(2),
// open_tree(2), move_mount(2), mount_setattr(2)), or emulated where one of its calls is missing (mount_emulation.h).
// Situation: see context.h. All return a descriptor or 0, or -1 and errno.
#pragma once

#include <stdint.h>

#include "runtime/init/context.h"

namespace minidock::runtime::init {

// MOUNT_ATTR_* set and cleared; MS_* propagation, 0: as it is.
struct MountChange {
  uint64_t set = 0, clear = 0, propagation = 0;
  bool recursive = false;
};

// Option words joined by ',', those of the whole file system ("sync", "ro") among them.
struct FileSystem {
  const char* type = "";
  const char* source = "";
  const char* words = "";
};

// false: the kernel lacks it, or a filter hides it. Asked once.
bool has_mount_api(Context& context);

// MS_* flags of propagation for all mounts of our namespace, detached ones left out.
int set_propagation(Context& context, unsigned long flags);

// Detached. `path` as openat(2) takes it, links followed; "" is `dir` itself.
int clone_mount(Context& context, int dir, const char* path, bool recursive);
int make_mount(Context& context, const FileSystem& system, int64_t attributes);
int change_mount(Context& context, int mount, const MountChange& change);

// `place` a descriptor, `path` one of our namespace.
int attach_mount(Context& context, int mount, int place);
int attach_mount_at(Context& context, int mount, const char* path);

// At once, for when the root is entered and nothing detached is needed.
int attach_clone(Context& context, int source, int place);
int attach_new(Context& context, const FileSystem& system, int64_t attributes, int place);
// Covers `path` with itself, read-only as far down as it goes.
int attach_read_only(Context& context, int place, const char* path);

}  // namespace minidock::runtime::init
