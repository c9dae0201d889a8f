// What the configuration says about containers' logs.
#pragma once

#include "config/settings.h"
#include "engine/container_config.h"

namespace minidock::cli {

// For a container in the making, by docker's rule: the driver where the command names none, and the options where the
// container has that driver, each unless the command names it. Throws invalid for an option that the driver has not.
void add_log_defaults(engine::ContainerConfig& config, bool driver_given, const config::Settings& settings);

// Throws likewise, naming file and line.
void check_log_defaults(const config::Settings& settings);

}  // namespace minidock::cli
