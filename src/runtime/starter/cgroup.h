// cgroup steps before clone; in the static helper. Situation: on the host, root. Each returns 0 or an errno.
// security: before every write the directory is checked to lie on a cgroup file system: on a v1 host
// /sys/fs/cgroup/NAME/pids.max would be a plain tmpfs file that limits nothing.
#pragma once

#include "base/fd.h"
#include "runtime/wire.h"

namespace minidock::runtime {

Fd open_cgroup(const char* directory);  // empty with errno ENOTSUP where it is none

int cgroup_create(const RecordView& step);
int cgroup_write(const RecordView& step);
int device_filter(const RecordView& step);

}  // namespace minidock::runtime
