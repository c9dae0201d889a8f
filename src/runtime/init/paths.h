// Paths inside the container's root: Context::root, before and after pivot_root. The image is hostile: no path is
// resolved outside the root, through a magic link, or twice.
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "runtime/init/context.h"

namespace minidock::runtime::init {

// openat2 below the root with RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | extra. O_CLOEXEC added. -1 and errno.
int open_in_root(Context& context, const char* path, int flags, uint64_t extra_resolve = 0);

enum class Missing { fail, make_directory, make_file };
// An O_PATH descriptor of `path`; missing directories on the way are made (0755, root) unless Missing::fail.
int open_target(Context& context, const char* path, Missing missing, uint64_t extra_resolve = 0);

// read() and write() of small files, whole; -1 and errno.
ssize_t read_small(int dir, const char* path, char* buffer, size_t size);
int write_small(int dir, const char* path, const char* text, size_t size);

}  // namespace minidock::runtime::init
