#include "cli/foreground.h"

#include "cli/errors.h"

namespace minidock::cli {

std::string out_of_memory_line(const std::string& name, uint64_t limit, uint64_t peak) {
  if (limit == 0) {
    return cat("minidock: container ", name, " was killed for want of memory: the host ran short; peak ", human_bytes(peak));
  }
  constexpr uint64_t kMebibyte = 1 << 20;
  const uint64_t suggested = std::max<uint64_t>(2 * limit / kMebibyte, 1);
  return cat("minidock: container ", name, " was killed for want of memory: limit ", human_bytes(limit), ", peak ",
             human_bytes(peak), "; raise it with -m (for example -m ", suggested, "m)");
}

int run_in_foreground(engine::Engine& engine, engine::RunningContainer& container, const SignalGate& gate,
                      const Foreground& options) {
  const AttachResult result = attach(container.session, gate, options.attach);
  if (result.detached) {
    if (result.exit_code == 128 + SIGPIPE) {
      print_error(cat("minidock: standard output was closed; container ", options.name, " goes on; stop it with: minidock stop ",
                      options.name));
    }
    return result.exit_code;
  }
  if (options.remove) {
    // order: first the word to the monitor, then the removal: both at once would race for the same files.
    container.session.take_over_cleanup();
    engine.cleanup(container.id);
  }
  if (result.last.exit.oom_killed) {
    print_error(out_of_memory_line(options.name, result.last.exit.memory_limit, result.last.exit.memory_peak));
  }
  return result.exit_code;
}

}  // namespace minidock::cli
