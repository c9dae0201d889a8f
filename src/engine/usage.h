// What a container uses now: one reading. Rates come from two.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace minidock::engine {

struct ContainerUsage {
  Nanoseconds taken = 0;                       // monotonic
  Nanoseconds cpu_time = 0;                    // of all processors, since the start
  uint64_t memory = 0, memory_limit = 0;       // bytes, without file cache that costs nothing to drop; limit: the
                                               // container's, else what the host has
  uint64_t received = 0, sent = 0;             // bytes of its own network
  uint64_t read_bytes = 0, written_bytes = 0;  // from and to storage
  uint64_t processes = 0;
};

// Percent of one processor that was used between two readings; 0 where time did not pass.
double cpu_percent(const ContainerUsage& before, const ContainerUsage& after);

}  // namespace minidock::engine
