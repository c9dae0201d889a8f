// The command line of an OCI runtime: `minidock runtime [GLOBAL OPTIONS] VERB …`, and the same by the program's name
// where that is minidock-runtime. Flags, statuses and texts are runc's, which the callers (containerd's shim, conmon,
// CRI-O, dockerd) were written for.
#pragma once

#include <string>
#include <vector>

namespace minidock::cli {

// `words`: what comes after "runtime". Returns the exit status; prints and logs errors itself.
int run_runtime(const std::vector<std::string>& words);

// The program was started by this name.
bool is_runtime_name(const char* program);

}  // namespace minidock::cli
