// What a killed monitor leaves outside the store: cgroups.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "store/store.h"

namespace minidock::engine {

// For removing what nobody uses: false where it is in use since we looked.
template <typename Call>
bool try_call(Call call) {
  try {
    call();
    return true;
  } catch (const Error&) {
    return false;
  }
}

// A cgroup of this store's in one hierarchy, at the top or in the slice of containers: those below a --cgroup-parent
// are looked for by the container that had them alone.
struct LeftoverCgroup {
  std::string directory;
  std::string id;          // of the container, as the name says
  bool inhabited = false;  // some process is in it or below it
};
std::vector<LeftoverCgroup> list_container_cgroups(const store::Location& location);

// Removes the cgroups of one container in every hierarchy, as far as nobody lives in them; missing is fine.
void discard_cgroups(const std::string& path);

// A pause or an update brings a container into hierarchies that its start left out, and those cgroups its monitor does
// not know. A mark in the run directory says so; it is made before the first of them. Discarding takes them and the
// mark away, once the container has ended; without a mark it costs one look at a file.
void mark_later_cgroups(const store::Store& store, const std::string& id);
bool has_later_cgroups(const store::Store& store, const std::string& id);
void discard_later_cgroups(const store::Store& store, const std::string& id);

// What is free on the file system of `path`, by statfs: how much a removal gave back.
uint64_t free_bytes(const std::string& path);

}  // namespace minidock::engine
