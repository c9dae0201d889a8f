// openat2(2), or where the kernel or a filter lacks it, the same by a walk over the components.
// Situation: see context.h.
#pragma once

#include <stdint.h>

namespace minidock::runtime::init {

// `resolve`: RESOLVE_IN_ROOT or RESOLVE_BENEATH, with RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS and RESOLVE_NO_XDEV.
// Without O_CREAT. A descriptor, or -1 and errno as openat2 has it.
//
// The walk holds each directory open and takes one name at a time with O_NOFOLLOW, so a name that changes meanwhile is
// either seen or not, but never followed out of `dir`. "..", as in the kernel, stays within `dir`.
int open_resolved(int dir, const char* path, int flags, uint64_t resolve);

}  // namespace minidock::runtime::init
