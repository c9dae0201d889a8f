// A network as inspect shows it, and what a container has of networks: docker's keys.
#pragma once

#include <string>

#include "cli/format/ast.h"
#include "engine/engine.h"
#include "engine/networks.h"

namespace minidock::cli {

Json network_json(const engine::NetworkView& view, engine::Engine& engine);

// NetworkSettings of a container's inspect.
Json network_settings_json(const engine::ContainerView& container);
// PortBindings of its HostConfig.
Json port_bindings_json(const engine::ContainerConfig& config);

}  // namespace minidock::cli
