// exec: a further process in a container that runs or waits at its gate.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "oci/spec.h"
#include "runtime/lifecycle/container.h"

namespace minidock::runtime {

struct ExecOptions {
  oci::Process process;
  std::string pid_file, console_socket, pidfd_socket;  // "" for none
  int preserved_fds = 0;                               // from 3 on
  bool keep_terminal = false;                          // true: in Executed; false: to console_socket
  bool plain_lines = false;                            // the terminal's, see Bundle
  bool ignore_paused = false;
  std::function<void(const Plan&)> on_plan;  // called before the first step
  // "[CONTROLLER,…:]PATH": existing cgroups below the container's, instead of its own.
  std::vector<std::string> sub_cgroups;
};

struct Executed {
  ProcessIdentity process;
  Fd terminal;
  std::vector<std::string> warnings;
};

// Throws in_use where the container has stopped or is paused, StartFailure for a step or the command.
// The process becomes a child of this process's reaper: of this process only if it is one.
Executed execute(const Container& container, const ExecOptions& options);

// To the sets that a new process needs to have them, and to ambient those that are inheritable already: of what the
// bundle lets outlive an execve.
// Throws invalid for an unknown name.
void grant_capabilities(oci::Capabilities& sets, const std::vector<std::string>& names);

}  // namespace minidock::runtime
