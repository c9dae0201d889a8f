// A container in the foreground, for run and start -a: attach, then what is left to say and do when it ends.
#pragma once

#include "cli/attach.h"
#include "cli/context.h"

namespace minidock::cli {

struct Foreground {
  AttachOptions attach;
  std::string name;     // for messages
  bool remove = false;  // --rm: this process removes it, unless it goes on without us
};

// Returns the exit status: the command's own, 128 + n when a signal of ours ended the attachment.
int run_in_foreground(engine::Engine& engine, engine::RunningContainer& container, const SignalGate& gate,
                      const Foreground& options);

// "container web was killed for want of memory: limit 32MiB, peak 32MiB; raise it with -m (for example -m 64m)";
// "a process of container web was …" when its command lived on.
std::string out_of_memory_line(const std::string& name, const monitor::ExitRecord& exit);

}  // namespace minidock::cli
