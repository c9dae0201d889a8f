// The starter: the helper's role under the OCI runtime. It takes the steps before clone, clones init, tells its pid and
// ends, so that init's parent becomes whoever reaps for the caller (containerd's shim, conmon).
#pragma once

namespace minidock::runtime {

// Descriptors from `first` on: the order (an encoded Plan), the socket of conversation.h, the gate or nothing. Those
// below `first` go to the command. Returns the exit status.
int run_starter(int first);

}  // namespace minidock::runtime
