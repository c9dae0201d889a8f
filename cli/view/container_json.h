// A container as docker's inspect shows it: the same keys in the same order, and one of ours, State.Cgroups:
// controller -> directory on the host ("unified" for version 2), so that scripts can read a limit back.
#pragma once

#include "cli/format/ast.h"
#include "engine/engine.h"

namespace minidock::cli {

struct InspectOptions {
  bool sizes = false;  // -s: SizeRw and SizeRootFs
};

Json container_json(const engine::ContainerView& container, engine::Engine& engine, const InspectOptions& options);

// HostConfig: what was asked of the host.
Json host_config_json(const engine::ContainerConfig& config, const engine::ProtectedPaths& paths);

// The "Config" object of a container and of an image, from the defaults of the image config.
Json defaults_json(const oci::ContainerDefaults& defaults);

}  // namespace minidock::cli
