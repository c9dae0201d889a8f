// The helper: one static program, carried by minidock as bytes and executed from sealed memory. It is a container's
// monitor, or the starter of the OCI runtime; its clone is the container's init.
#pragma once

#include <sys/types.h>

#include <string_view>
#include <vector>

#include "base/fd.h"

namespace minidock::runtime {

// What the helper is to be: its argv[0].
enum class HelperRole { monitor, starter };

// The helper inherits these at consecutive numbers from `first` on, in this order; -1 leaves a number closed.
struct HelperDescriptors {
  int first = 3;
  std::vector<int> inherited;  // borrowed; at most eight
};

// An anonymous file with `content`, open for reading and writing at its start.
Fd make_memory_file(const char* name, std::string_view content);

// Executes the helper. Descriptors 0, 1 and 2, and those below `first`, are this process's own. Returns the pid of a
// child that the caller reaps. Throws.
pid_t spawn_helper(HelperRole role, const HelperDescriptors& descriptors);

}  // namespace minidock::runtime
