// update: other limits or another restart policy for a container, at once where it runs and kept for its later starts.
#pragma once

#include <cstdint>

#include "engine/container_config.h"

namespace minidock::engine {

struct ContainerUpdate {
  oci::Resources resources;  // only what changes; 0 and "" change nothing
  uint64_t nano_cpus = 0;    // --cpus; 0: unchanged
  std::optional<RestartPolicy> restart;
};

// Pure. Does it change a limit?
bool changes_limits(const ContainerUpdate& change);

// Pure. The config with the change. Throws conflict and invalid in docker's words, for limits that contradict each
// other or what was set before.
ContainerConfig updated_config(const ContainerConfig& config, const ContainerUpdate& change);

// Pure. What the running container's cgroup has to be told: `after` is updated_config()'s.
oci::Resources live_change(const ContainerUpdate& change, const ContainerConfig& after);

}  // namespace minidock::engine
