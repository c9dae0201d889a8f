#include "engine/mount_sources.h"

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/trust.h"
#include "engine/volume_options.h"
#include "linux/mount_peers.h"
#include "linux/resolve.h"
#include "store/volume_filling.h"

namespace minidock::engine {

namespace {

// What docker checks: a mount that is shared with nobody can propagate nothing.
void check_propagation(const MountOption& mount) {
  const bool shared = mount.propagation.ends_with("shared"), slave = mount.propagation.ends_with("slave");
  if (!shared && !slave) return;
  const linux::MountPeers peers = linux::mount_peers(mount.source);
  if (peers.shared || (slave && peers.slave)) return;
  throw_error(ErrorKind::invalid, "path ", printable(mount.source), " is mounted on ", printable(peers.mount_point),
              " but it is not a shared ", slave ? "or slave " : "", "mount; mount --make-shared ",
              printable(peers.mount_point), " makes it one");
}

void check_overlay_source(const MountOption& mount, const std::string& source) {
  struct stat info;
  if (!mount.overlay || (::stat(source.c_str(), &info) == 0 && S_ISDIR(info.st_mode))) return;
  throw_error(ErrorKind::invalid, "cannot mount ", printable(mount.source), " on ", printable(mount.target),
              " with O: it is not a directory");
}

void ensure_bind_source(const MountOption& mount) {
  if (!exists_at(AT_FDCWD, mount.source)) {
    if (!mount.create_source) {
      throw_error(ErrorKind::invalid,
                  "invalid mount config for type \"bind\": bind source path does not exist: ", printable(mount.source));
    }
    ensure_dirs(mount.source, 0755);
  }
  check_propagation(mount);
  check_overlay_source(mount, mount.source);
}

store::ImageRow mounted_image(store::Store& store, const MountOption& mount) {
  auto image = store.find_image(mount.image_id);
  if (!image) {
    throw_error(ErrorKind::not_found, "No such image: ", printable(mount.source), ", which is to be mounted on ",
                printable(mount.target));
  }
  return std::move(*image);
}

void renew_overlay_directory(const std::string& directory) {
  discard_tree(AT_FDCWD, directory);
  make_dir(AT_FDCWD, directory, 0700);
  make_dir(AT_FDCWD, directory + "/upper", 0755);
  make_dir(AT_FDCWD, directory + "/work", 0700);
}

void ensure_volume(store::Store& store, MountOption& mount, const std::string& id) {
  const bool plain = mount.volume_labels.empty() && mount.volume_options.empty();
  mount.anonymous = mount.anonymous || mount.source.empty();
  if (!plain) {
    check_volume_options(mount.source, mount.volume_options);
    const std::string labels = nlohmann::json(mount.volume_labels).dump();
    mount.source = store.create_volume(mount.source, labels, to_json(mount.volume_options));
  } else if (mount.source.empty()) {
    mount.source = store.create_anonymous_volume(id);
  } else {
    store.ensure_volume(mount.source, mount.anonymous);
  }
}

}  // namespace

void settle_mounted_images(store::Store& store, const TrustPolicy& trust, ContainerConfig& config) {
  for (MountOption& mount : config.mounts) {
    if (mount.type != "image" || !mount.image_id.empty()) continue;
    const store::ImageRow image = store.load_image(mount.source);
    require_trusted_image(trust, store, image, mount.source);
    mount.image_id = image.id.text();
  }
}

void ensure_mount_sources(store::Store& store, ContainerConfig& config, const std::string& id) {
  for (MountOption& mount : config.mounts) {
    if (mount.type == "bind") ensure_bind_source(mount);
    if (mount.type != "volume") continue;
    ensure_volume(store, mount, id);
    store::settle_filling(open_dir(AT_FDCWD, store.volume_home(mount.source)).get());
  }
}

void place_mounts(store::Store& store, const ContainerConfig& config, ContainerPlace& place) {
  place.volume_directory = [&store](const std::string& name) { return store.volume_directory(name); };
  place.volume_home = [&store](const std::string& name) {
    return store.volume_options(name).empty() ? store.volume_home(name) : "";
  };
  place.image_layers = [&store](const MountOption& mount) { return store.open_layers(mounted_image(store, mount)); };
  for (size_t i = 0; i < config.mounts.size(); ++i) {
    const MountOption& mount = config.mounts[i];
    if (mount.overlay || mount.type == "image") renew_overlay_directory(overlay_directory(place, i));
  }
}

Fd find_mount_source(store::Store& store, const MountOption& mount) {
  std::string source = mount.source;
  if (mount.type == "tmpfs" || source.empty()) return Fd();
  if (mount.type == "volume") source = store.volume_directory(mount.source);
  if (mount.type == "image") {
    const std::vector<std::string> layers = store.open_layers(mounted_image(store, mount));
    if (layers.size() > 1) return Fd();
    source = layers.front();
  }
  std::optional<Fd> found = find_file(AT_FDCWD, source, O_PATH);
  if (!found) return Fd();
  return mount.subpath.empty() ? std::move(*found) : linux::find_in_root(found->get(), mount.subpath, O_PATH);
}

}  // namespace minidock::engine
