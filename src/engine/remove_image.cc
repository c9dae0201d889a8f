// rmi: what the store cannot know of an image is that a container has it mounted.
#include "base/error.h"
#include "base/text.h"
#include "engine/engine.h"

namespace minidock::engine {

namespace {

bool mounts_image(const ContainerConfig& config, const std::string& image) {
  for (const MountOption& mount : config.mounts) {
    if (mount.image_id == image) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> Engine::remove_image(std::string_view name_or_id, bool force, bool prune_parents) {
  const auto image = store_.find_image(name_or_id);
  const bool keeps_name = image && image->tags.size() > 1 && !force;  // it stays, or the store refuses
  if (image && !keeps_name) {
    for (const ContainerView& view : list()) {
      if (!mounts_image(view.config(), image->id.text()) || (force && !view.is_up())) continue;
      throw_error(ErrorKind::in_use, "conflict: unable to delete ", image->id.digest.short_hex(),
                  view.is_up() ? " (cannot be forced)" : " (must be forced)", " - image is mounted by ",
                  view.is_up() ? "running" : "stopped", " container ", view.row.id.substr(0, 12));
    }
  }
  return store_.remove_image(name_or_id, force, prune_parents);
}

}  // namespace minidock::engine
