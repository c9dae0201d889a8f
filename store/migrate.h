// The forms of layers that a change of the storage driver leaves behind.
#pragma once

#include "store/state.h"

namespace minidock::store {

// Whatever below ROOT and RUN belongs to the driver that the store does not have: layers in the other form, and images
// and their mounts where the driver has none. Into the trash of `lease`. Under the lock of the writers.
void discard_other_forms(Rooms& rooms, Lease& lease);

}  // namespace minidock::store
