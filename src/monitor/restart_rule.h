// When a container that ended is started again: read by the monitor, which does it, and by whoever asks what it does.
// Header-only and free of exceptions: the static helper uses it too.
#pragma once

#include <stdint.h>

namespace minidock::monitor {

enum class RestartRule : int64_t { never = 0, always = 1, on_failure = 2 };

// `count` times it was done already, of at most `most` (0: any number) on failure.
inline bool wants_restart(RestartRule rule, int exit_code, int64_t count, int64_t most) {
  if (rule == RestartRule::on_failure) return exit_code != 0 && (most == 0 || count < most);
  return rule == RestartRule::always;
}

}  // namespace minidock::monitor
