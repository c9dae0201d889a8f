// What a caller of create, run and exec is told of the new process.
#pragma once

#include <string>

#include "runtime/lifecycle/process_identity.h"

namespace minidock::runtime {

// The number in decimal, without a newline. race: a caller that polls for the file finds it whole or not at all.
void write_pid_file(const std::string& path, int pid);

// A pidfd of the process to the socket at `path`. Throws unsupported on kernels without pidfd_open.
void send_pidfd(const std::string& path, const LiveProcess& process);

}  // namespace minidock::runtime
