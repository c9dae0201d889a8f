// What a new process gets from the command that starts it: its terminal's other end, sockets by environment.
#pragma once

#include <string>

#include "base/fd.h"
#include "oci/spec.h"
#include "runtime/lifecycle/process_identity.h"

namespace minidock::runtime {

// A terminal needs a holder of its other end: a console socket, or a caller that stays (`attended`).
// Throws invalid: "cannot allocate tty if runc will detach without setting console socket".
void require_terminal_rule(bool terminal, bool attended, const std::string& console_socket);

// To the console socket as its name and descriptor; where there is none, to `kept`.
void hand_over_terminal(Fd master, const std::string& console_socket, Fd& kept);

// LISTEN_FDS (with LISTEN_PID 1: the command is the container's first process), and NOTIFY_SOCKET with the socket
// bound into the container at its own path.
void hand_over_environment(oci::Spec& spec, int listen_fds, const std::string& notify_socket);

// Its number in the innermost pid namespace: what hooks inside the container are told.
int pid_in_container(const LiveProcess& process);

}  // namespace minidock::runtime
