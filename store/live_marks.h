// RUN/live: an empty file named by its ID for each container that may be up, so that a listing of what runs does not
// look at what does not.
//
//   made      under the container's lock, before anything of a run is there to be seen
//   removed   under the lock too, by whoever finds that no run is under way; and with the container
//
// A mark too many costs a look at its container. One too few cannot be: the lock is held by the run's monitor.
#pragma once

#include <string>
#include <vector>

#include "store/state.h"

namespace minidock::store {

constexpr const char* kLiveDirectory = "live";

void make_live_mark(Rooms& rooms, const std::string& id);
void discard_live_mark(Rooms& rooms, const std::string& id);

// IDs, ascending. In a RUN that a minidock without marks has made, they are made first, from the states of the runs.
std::vector<std::string> list_live_marks(Rooms& rooms);

}  // namespace minidock::store
