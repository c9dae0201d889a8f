// What a run on networks leaves where nobody was left to take it away: names, and rules that lead to its ports.
#pragma once

#include <string>

#include "store/store.h"

namespace minidock::engine {

// Of one container, which has ended or never began; does nothing where there is nothing.
void discard_network_leftovers(store::Store& store, const std::string& container);
// Of all that are not up, also of those that the store knows no more.
void sweep_networks(store::Store& store);

}  // namespace minidock::engine
