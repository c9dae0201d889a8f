// The attributes of a mount in the kernel's three spellings: MOUNT_ATTR_* (mount_setattr(2)), MS_* (mount(2)) and ST_*
// (statfs(2)). Situation: see context.h.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace minidock::runtime::init {

// MOUNT_ATTR_* to MS_*.
unsigned long mount_flags(uint64_t attributes);

// What the mount of `fd` has: 0, or -1 and errno.
int current_attributes(int fd, uint64_t& attributes);

// Is word[0, length) an option of every file system ("sync", "ro")? Then its MS_* flag is added to `flags`.
bool superblock_flag(const char* word, size_t length, unsigned long& flags);

// The number of mountinfo's first column; -1 and errno.
int mount_id(int fd);

}  // namespace minidock::runtime::init
