// The agent that answers a container's system calls (SCMP_ACT_NOTIFY): who gets the notification descriptor.
// Source: runtime-spec config-linux.md "Seccomp", "The Container Process State".
#pragma once

#include "oci/spec.h"
#include "oci/state.h"

namespace minidock::runtime {

// Sends `listener` with the container process state of `pid` to the agent that `seccomp` names.
// Throws "failed to connect with seccomp agent: …" where none listens.
void send_to_seccomp_agent(const oci::Seccomp& seccomp, int listener, int pid, const oci::State& state);

}  // namespace minidock::runtime
