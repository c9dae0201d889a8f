// What a container has changed: its upper directory against the image below it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace minidock::engine {

enum class ChangeKind : char { changed = 'C', added = 'A', deleted = 'D' };

// By path below the root, without the leading slash. As docker's: a directory is changed where something in it is, or
// its own mode or owner; its times and size are no change.
using Changes = std::map<std::string, ChangeKind>;

// `upper` and `old` are borrowed: the upper directory, and the root of the image. `mount_points`, absolute, are places
// that had to be made for mounts: they are left out where nothing else has been put there.
Changes read_changes(int upper, int old, const std::vector<std::string>& mount_points);

// The container's own directory, open, and what it changes.
struct UpperDirectory {
  Fd upper;
  Changes changes;
};
UpperDirectory open_upper(store::Store& store, const ContainerView& view);

}  // namespace minidock::engine
