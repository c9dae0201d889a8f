// clone: a new container made as another was.
#include "base/error.h"
#include "base/text.h"
#include "engine/engine.h"

namespace minidock::engine {

namespace {

std::string free_name(store::Store& store, const std::string& source) {
  const std::string first = source + "-clone";
  std::string name = first;
  for (int number = 1; store.find_container(name); ++number) name = cat(first, number);
  return name;
}

}  // namespace

std::string Engine::clone(std::string_view name_or_id, const CloneOptions& options,
                          std::vector<std::string>& warnings) {
  const ContainerView source = load(name_or_id);
  if (options.destroy && !options.force && (source.is_up() || source.state == ContainerState::restarting)) {
    throw_error(ErrorKind::in_use, "cannot remove container \"/", source.row.name,
                "\": container is running: stop it, or use -f with --destroy");
  }
  ContainerConfig config = updated_config(source.config(), options.change);
  for (MountOption& mount : config.mounts) {
    if (mount.type == "volume" && mount.anonymous) mount.source.clear();  // its own
  }
  CreateOptions create_options;
  create_options.name = options.name.empty() ? free_name(store_, source.row.name) : options.name;
  // The image that the source was made from, whatever has its name by now.
  config.image = options.image.empty() ? source.row.image.text() : options.image;
  if (options.image.empty()) create_options.image_reference = source.row.image_reference;
  const std::string id = create(std::move(config), create_options, warnings);
  if (options.destroy) remove(source.row.id, options.force, false);
  return id;
}

}  // namespace minidock::engine
