// Volumes: a directory and a row, both made and dropped under the writers' lock.
#pragma once

#include <string>

#include "store/leases.h"
#include "store/state.h"

namespace minidock::store {

// Drops the rows of the volumes that go away with container `container_id`, and moves their files to the lease's trash.
void throw_away_volumes_of(Rooms& rooms, Lease& lease, const std::string& container_id);

}  // namespace minidock::store
