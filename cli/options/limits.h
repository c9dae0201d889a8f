// The limits that update changes, and clone sets anew.
#pragma once

#include "cli/options/options.h"
#include "engine/update.h"

namespace minidock::cli {

// `change` and `given` are borrowed; `given` becomes true with the first of them on the command line.
void declare_limits(Options& options, engine::ContainerUpdate& change, bool& given);

}  // namespace minidock::cli
