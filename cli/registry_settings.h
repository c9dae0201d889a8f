// What the configuration and docker's own variables say about registries, as the engine takes it.
#pragma once

#include "config/settings.h"
#include "engine/engine.h"

namespace minidock::cli {

// DOCKER_CONFIG and HOME tell where docker's config.json is.
engine::RegistrySettings registry_settings(const config::Settings& settings);

}  // namespace minidock::cli
