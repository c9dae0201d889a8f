#include "cli/foreground.h"

#include <algorithm>

#include "cli/errors.h"

namespace minidock::cli {

std::string out_of_memory_line(const std::string& name, const monitor::ExitRecord& exit) {
  const bool all = exit.code == 128 + SIGKILL;
  const std::string what =
      cat("minidock: ", all ? "" : "a process of ", "container ", name, " was killed for want of memory: ");
  const std::string peak = human_bytes(exit.memory_peak);
  if (exit.memory_limit == 0) return cat(what, "the host ran short; peak ", peak);
  constexpr uint64_t kMebibyte = 1 << 20;
  const uint64_t suggested = std::max<uint64_t>(2 * exit.memory_limit / kMebibyte, 1);
  return cat(what, "limit ", human_bytes(exit.memory_limit), ", peak ", peak, "; raise it with -m (for example -m ",
             suggested, "m)");
}

int run_in_foreground(engine::Engine& engine, engine::RunningContainer& container, const SignalGate& gate,
                      const Foreground& options) {
  AttachOptions attach_options = options.attach;
  if (!attach_options.reconnect) attach_options.reconnect = [&] { return engine.reconnect(container.id); };
  attach_options.tell = [&](const auto& action, const auto& attributes) {
    engine.record_event(container.id, action, attributes);
  };
  const AttachResult result = attach(container.session, gate, attach_options);
  if (result.detached) {
    if (result.exit_code == 128 + SIGPIPE) {
      print_error(cat("minidock: standard output was closed; container ", options.name,
                      " goes on; stop it with: minidock stop ", options.name));
    }
    return result.exit_code;
  }
  if (options.remove && !result.reconnected) {
    // order: first the word to the monitor, then the removal: both at once would race for the same files.
    container.session.take_over_cleanup();
    engine.cleanup(container.id);
  }
  if (result.last.exit.oom_killed) {
    print_error(out_of_memory_line(options.name, result.last.exit));
  }
  return result.exit_code;
}

}  // namespace minidock::cli
