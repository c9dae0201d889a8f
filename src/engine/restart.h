// restart, and what keeps a --rm container alive between its two runs.
#pragma once

#include <string>

#include "store/store.h"

namespace minidock::engine {

// A restart is under way, by a process that lives: an ended --rm container is not to be removed now.
bool is_restarting(const store::Store& store, const std::string& id);

}  // namespace minidock::engine
