// Where the mounts of a container come from: directories of the host, volumes, images. What has to be there for a start
// is made here.
#pragma once

#include <string>

#include "engine/launching.h"
#include "engine/spec_builder.h"

namespace minidock::engine {

// Which images its mounts show: from now on those, whatever their names come to mean. Throws not_found, and what the
// policy says.
void settle_mounted_images(store::Store& store, const TrustPolicy& trust, ContainerConfig& config);

// The sources of its mounts: makes volumes and missing -v directories, gives unnamed volumes a name. Those belong to
// the container `id`: the store removes them if it never comes to be. Throws invalid for a missing bind source.
void ensure_mount_sources(store::Store& store, ContainerConfig& config, const std::string& id);

// Tells the place where volumes and mounted images are, and makes the directories of what is thrown away, new and
// empty.
void place_mounts(store::Store& store, const ContainerConfig& config, ContainerPlace& place);

// O_PATH, of what is to be seen at the mount; empty where that is nothing, or is there only while the container runs.
Fd find_mount_source(store::Store& store, const MountOption& mount);

}  // namespace minidock::engine
