// prune: what nobody uses, listed first and then removed.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "engine/leftovers.h"

namespace minidock::engine {

namespace {

using Labels = std::map<std::string, std::string>;
using PruneOptions = Engine::PruneOptions;

// `labels` is only asked for when a filter wants them: an image's are in its config.
template <typename GetLabels>
bool passes(const PruneOptions& options, Nanoseconds created, GetLabels labels) {
  if (options.until && created >= *options.until) return false;
  return !options.wanted || options.wanted(labels());
}

bool image_passes(const PruneOptions& options, const store::ImageRow& image) {
  if (!options.until && !options.wanted) return true;
  const oci::ImageConfig config = oci::parse_image_config(image.config_json);
  const auto created = parse_rfc3339(config.created);  // docker's: when it was made, not when it came here
  if (options.until && !created) return false;
  return passes(options, created.value_or(0), [&] { return config.config.labels; });
}

Labels labels_of(const store::VolumeRow& volume) {
  const auto labels = nlohmann::json::parse(volume.labels_json, nullptr, false);
  return labels.is_object() ? labels.get<Labels>() : Labels{};
}

template <typename Items, typename Key>
bool holds(const Items& items, const Key& key, auto key_of) {
  return std::any_of(items.begin(), items.end(), [&](const auto& item) { return key_of(item) == key; });
}

}  // namespace

Engine::Prunable Engine::list_prunable(const PruneOptions& options) {
  Prunable out;
  std::set<oci::ImageId> used_images;
  std::set<std::string> used_volumes, mounted_images;
  for (ContainerView& view : list()) {
    const bool stopped = !view.is_up() && view.state != ContainerState::restarting && !view.row.ephemeral;
    if (options.containers && stopped && passes(options, view.row.created, [&] { return labels(view.config()); })) {
      out.containers.push_back(std::move(view));
      continue;
    }
    used_images.insert(view.row.image);
    for (const MountOption& mount : view.config().mounts) {
      used_volumes.insert(mount.source);
      mounted_images.insert(mount.image_id);
    }
  }
  if (options.images) {
    for (store::ImageRow& image : store_.list_images()) {
      const bool shown = used_images.count(image.id) != 0 || mounted_images.count(image.id.text()) != 0;
      const bool unused = !shown && (options.named_images || image.tags.empty());
      if (unused && image_passes(options, image)) out.images.push_back(std::move(image));
    }
  }
  if (options.volumes) {
    for (store::VolumeRow& volume : store_.list_volumes()) {
      const bool unused = used_volumes.count(volume.name) == 0 && (options.named_volumes || volume.anonymous);
      if (unused && passes(options, volume.created, [&] { return labels_of(volume); }))
        out.volumes.push_back(std::move(volume));
    }
  }
  return out;
}

Engine::Pruned Engine::prune(const PruneOptions& options, const Prunable& listed) {
  Pruned out;
  uint64_t free_before = free_bytes(store_.location().root);
  const auto conclude = [&](bool asked, const char* type) {
    const uint64_t free_after = free_bytes(store_.location().root);
    const uint64_t freed = free_after > free_before ? free_after - free_before : 0;
    free_before = free_after;
    out.freed += freed;
    if (asked) record_prune(store_, type, freed);
  };
  for (const ContainerView& view : listed.containers) {
    if (try_call([&] { remove(view.row.id, false, false); })) out.containers.push_back(view.row.id);
  }
  conclude(options.containers, "container");
  // race: looked at once more, as somebody may have made a container of a listed image, or given it a name.
  PruneOptions rest = options;
  rest.containers = false;
  const Prunable unused = list_prunable(rest);
  for (const store::VolumeRow& volume : unused.volumes) {
    if (!holds(listed.volumes, volume.name, [](const store::VolumeRow& row) { return row.name; })) continue;
    if (try_call([&] { remove_volume(volume.name); })) out.volumes.push_back(volume.name);
  }
  conclude(options.volumes, "volume");
  for (const store::ImageRow& image : unused.images) {
    if (!holds(listed.images, image.id, [](const store::ImageRow& row) { return row.id; })) continue;
    // By its ID, and forced, as an image may have several names; one that a container took since is refused.
    try_call([&] {
      for (std::string& line : remove_image(image.id.text(), true, true)) out.images.push_back(std::move(line));
    });
  }
  conclude(options.images, "image");
  return out;
}

}  // namespace minidock::engine
