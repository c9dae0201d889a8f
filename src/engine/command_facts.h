// Looking at a container's command from outside, for the diagnosis of why it could not be executed.
#pragma once

#include <string>

#include "engine/container_config.h"
#include "engine/diagnosis.h"
#include "store/store.h"

namespace minidock::engine {

// The line that diagnose() gives for the command of a container that does not run, its volumes and binds looked at too;
// "" where nothing is to be told or the container cannot be looked at. Never throws: it only adds to another failure.
std::string diagnose_command(store::Store& store, const store::ContainerRow& row, const ContainerConfig& config);

// The same in a directory tree (borrowed), such as /proc/PID/root of a running container. Names are resolved within it,
// whatever links it has.
std::string diagnose_command_in(int root, const ContainerConfig& config);

}  // namespace minidock::engine
