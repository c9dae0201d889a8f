// One change of a container's config at a time: each is made from what the one before has left.
#pragma once

#include <optional>
#include <string>

#include "base/fd.h"
#include "store/store.h"

namespace minidock::engine {

// Held as long as it is open. Throw not_found for a container that is gone.
Fd take_turn(const store::Store& store, const std::string& id);  // waits
std::optional<Fd> try_take_turn(const store::Store& store, const std::string& id);

}  // namespace minidock::engine
