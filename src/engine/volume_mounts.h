// Volumes that are file systems of their own, or directories of the host (volume_options.h). One is mounted on
// ROOT/volumes/<name>/_data once, from its first use on, for all its containers: so that those of a tmpfs see the same
// files. It is unmounted when nobody uses it any more, by whichever command comes by then.
//
//   RUN/volumes/<name>   locked, shared, by who is about to use the mount, until a container's own lock says that it is
//                        in use; exclusively by who mounts it or takes it away. Without one nothing is mounted.
#pragma once

#include <string>
#include <vector>

#include "engine/engine.h"

namespace minidock::engine {

// What keeps volumes mounted while it lives; empty for those that need no mount.
using VolumeHolds = std::vector<Fd>;

// Mounts the volume where it is not. Throws in docker's words, with what the kernel said.
VolumeHolds hold_volume(store::Store& store, const std::string& name);
VolumeHolds hold_volumes(store::Store& store, const ContainerConfig& config);

// Containers that have it, by ID.
std::vector<std::string> volume_users(store::Store& store, const std::string& name);

// Throws in_use while a process is in it, or is about to be.
void unmount_volume(store::Store& store, const std::string& name);

// Of volumes that no container uses, or is about to. Never throws for what is in use after all.
void discard_idle_volume_mounts(store::Store& store);

}  // namespace minidock::engine
