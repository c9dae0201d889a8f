// A container's root file system mounted where the host sees it, for `mount`: docs/decisions/0014-mount.md.
//
//   RUN/mounts/<id>   the place. Made before the mount and removed after it, it is all the record there is: whoever
//                     finds one without a container takes it away. kernel: rmdir(2) of a place also detaches what is
//                     mounted there in other mount namespaces.
#pragma once

#include <string>
#include <vector>

#include "store/store.h"

namespace minidock::engine {

std::string root_mount_path(const store::Location& location, const std::string& id);
bool has_root_mount(const store::Location& location, const std::string& id);  // in this mount namespace

// Attaches a detached mount (borrowed). Throws what the kernel says, and leaves no place then.
void attach_root_mount(const store::Location& location, const std::string& id, int mount);
// Throws in_use while a process is in it.
void detach_root_mount(const store::Location& location, const store::ContainerRow& row);
// Idempotent; whoever is in it keeps what he has open.
void discard_root_mount(const store::Location& location, const std::string& id);
// For a start: detaches it if there is one, and tells whether there was.
bool suspend_root_mount(const store::Location& location, const store::ContainerRow& row);

std::vector<std::string> list_root_mount_places(const store::Location& location);  // IDs

}  // namespace minidock::engine
