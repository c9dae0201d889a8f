// diff: what a container has changed.
#include <fcntl.h>

#include "base/file.h"
#include "engine/changes.h"
#include "engine/container_tree.h"
#include "engine/launching.h"
#include "engine/spec_builder.h"
#include "linux/detached_mount.h"

namespace minidock::engine {

// The upper directory is read as it is, running or not: only the container itself writes to it.
UpperDirectory open_upper(store::Store& store, const ContainerView& view) {
  UpperDirectory out;
  out.upper = open_dir(AT_FDCWD, store.container_directory(view.row.id) + "/upper");
  linux::OverlayDirectories image;
  image.lowers = store.open_layers(image_of(store, view.row));
  const Fd old = linux::make_overlay(image);
  ContainerConfig system = view.config();
  system.mounts.clear();  // docker shows the places of the user's own mounts
  std::vector<std::string> places;
  for (const oci::Mount& mount : build_mounts(system, {})) places.push_back(mount.destination);
  out.changes = read_changes(out.upper.get(), old.get(), places);
  return out;
}

std::vector<Engine::Change> Engine::diff(std::string_view name_or_id) {
  std::vector<Change> out;
  for (const auto& [path, kind] : open_upper(store_, load(name_or_id)).changes) {
    out.push_back({static_cast<char>(kind), "/" + path});
  }
  return out;
}

}  // namespace minidock::engine
