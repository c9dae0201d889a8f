// When a container's health check is due. The monitor only keeps the time: it executes `minidock __health ID`, which
// does all else, and waits for it to end before the next (docs/decisions/0013-health.md).
#pragma once

#include <stdint.h>

namespace minidock::monitor {

// Nanoseconds; an interval of 0: the container has no health check.
struct ProbeTimes {
  int64_t interval = 0;        // from the end of one to the beginning of the next
  int64_t start_interval = 0;  // the same while it is starting, for as long as start_period
  int64_t start_period = 0;
};

// The exit statuses of `minidock __health`. Any other: it found out nothing, and what was last known holds.
constexpr int kProbeStarting = 10;  // the container has not been healthy yet
constexpr int kProbeSettled = 11;   // it is healthy or unhealthy

// The cgroup of the probe under way, below each of the container's: what a probe has started ends with it.
constexpr const char kProbeCgroup[] = "health";

// How long to wait for the next, `age` after the container began: docker's rule.
inline int64_t probe_delay(const ProbeTimes& times, bool starting, int64_t age) {
  return starting && age < times.start_period ? times.start_interval : times.interval;
}

}  // namespace minidock::monitor
