// update: other limits for a container, at once where it runs and kept for its later starts.
#pragma once

#include <cstdint>

#include "engine/container_config.h"

namespace minidock::engine {

struct LimitsUpdate {
  oci::Resources resources;  // only what changes; 0 and "" change nothing
  uint64_t nano_cpus = 0;    // --cpus; 0: unchanged
};

// Pure. The config with the change. Throws conflict and invalid in docker's words, for limits that contradict each
// other or what was set before.
ContainerConfig updated_config(const ContainerConfig& config, const LimitsUpdate& change);

// Pure. What the running container's cgroup has to be told: `after` is updated_config()'s.
oci::Resources live_change(const LimitsUpdate& change, const ContainerConfig& after);

}  // namespace minidock::engine
