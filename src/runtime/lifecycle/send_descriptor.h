// Descriptors sent to a listener of somebody else's: the terminal's master, a pidfd, a seccomp notification descriptor.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"

namespace minidock::runtime {

// A stream connection to the socket at `path`, of any length. Throws what connect(2) reports.
Fd connect_to_socket(const std::string& path);

// One message with `data`, which may not be empty, and `fd` by SCM_RIGHTS (unix(7)).
void send_descriptor_to(int socket, std::string_view data, int fd);

}  // namespace minidock::runtime
