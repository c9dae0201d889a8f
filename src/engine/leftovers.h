// What a killed monitor leaves outside the store: cgroups.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/store.h"

namespace minidock::engine {

// The name of a container's cgroup in every hierarchy: minidock-<id>-<store>. The last part, a short hash of the
// run directory's path, keeps the containers of two stores on one machine apart.
std::string cgroup_name(const store::Location& location, const std::string& id);

// A cgroup of this store's in one hierarchy.
struct LeftoverCgroup {
  std::string directory;
  std::string id;          // of the container, as the name says
  bool inhabited = false;  // some process is in it or below it
};
std::vector<LeftoverCgroup> list_container_cgroups(const store::Location& location);

// Removes the cgroups of one container in every hierarchy, as far as nobody lives in them; missing is fine.
void discard_cgroups(const store::Location& location, const std::string& id);

// What is free on the file system of `path`, by statfs: how much a removal gave back.
uint64_t free_bytes(const std::string& path);

}  // namespace minidock::engine
