// The mounts of a container: the system's own, the user's over them, and the files of its network identity.
#include <algorithm>

#include "base/text.h"
#include "engine/id_map.h"
#include "engine/security_options.h"
#include "engine/spec_builder.h"
#include "oci/path.h"

namespace minidock::engine {

namespace {

constexpr int64_t kShmSize = 64 << 20;
using Words = std::vector<std::string>;

// Docker's defaults. Each option that takes away a right (nosuid, noexec, nodev, ro) is one that no honest
// program misses there.
std::vector<oci::Mount> system_mounts(const ContainerConfig& config) {
  const bool writable_cgroups = read_security_options(config.security_options).writable_cgroups;
  const auto options = [](bool writable) {
    Words out = {"nosuid", "noexec", "nodev"};
    if (!writable) out.push_back("ro");
    return out;
  };
  std::vector<oci::Mount> out = {
      {"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}},
      {"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
      {"/dev/pts", "devpts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
      {"/sys", "sysfs", "sysfs", options(config.privileged)},
      {"/sys/fs/cgroup", "cgroup", "cgroup", options(config.privileged || writable_cgroups)},
  };
  if (config.ipc_mode == "host") {
    out.push_back({"/dev/mqueue", "bind", "/dev/mqueue", {"rbind", "nosuid", "noexec", "nodev"}});
    out.push_back({"/dev/shm", "bind", "/dev/shm", {"rbind", "nosuid", "noexec", "nodev"}});
  } else {
    const std::string size = cat("size=", config.shm_size.value_or(kShmSize));
    out.push_back({"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}});
    out.push_back({"/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", size}});
  }
  return out;
}

oci::Mount user_mount(const MountOption& mount, const ContainerPlace& place) {
  oci::Mount out{oci::clean_path("", mount.target), "bind", mount.source, {}};
  if (mount.type == "tmpfs") {
    out.type = out.source = "tmpfs";
    out.options = {"noexec", "nosuid", "nodev"};
    if (mount.read_only) out.options.push_back("ro");
    out.options.insert(out.options.end(), mount.options.begin(), mount.options.end());  // "exec" there wins
    return out;
  }
  if (mount.type == "volume") out.source = place.volume_directory(mount.source);
  if (mount.type == "image") out.source = place.image_layers(mount).front();
  const bool alone = mount.recursion == "disabled";
  out.options = {alone ? "bind" : "rbind", mount.propagation.empty() ? "rprivate" : mount.propagation};
  // security: "rro" reaches mounts below the source too; "ro" would leave those writable.
  if (mount.read_only) out.options.push_back(alone || mount.recursion == "writable" ? "ro" : "rro");
  out.options.insert(out.options.end(), mount.options.begin(), mount.options.end());
  if (mount.id_map.empty()) return out;
  out.options.push_back(alone ? "idmap" : "ridmap");
  IdMaps maps = parse_id_maps(mount.id_map);
  out.uid_mappings = std::move(maps.users);
  out.gid_mappings = std::move(maps.groups);
  return out;
}

std::vector<oci::Mount> identity_files(const ContainerPlace& place) {
  std::vector<oci::Mount> out;
  const std::string& directory = place.identity_directory.empty() ? place.directory : place.identity_directory;
  for (const char* name : {"resolv.conf", "hostname", "hosts"}) {
    out.push_back({cat("/etc/", name), "bind", cat(directory, "/", name), {"rbind", "rprivate"}});
  }
  return out;
}

auto depth(const oci::Mount& mount) {
  return std::count(mount.destination.begin(), mount.destination.end(), '/');
}

}  // namespace

std::vector<oci::Mount> build_mounts(const ContainerConfig& config, const ContainerPlace& place) {
  std::vector<oci::Mount> users;
  for (const MountOption& mount : config.mounts) users.push_back(user_mount(mount, place));
  // order: a mount on /data hides one made on /data/cache before it.
  std::stable_sort(users.begin(), users.end(),
                   [](const oci::Mount& a, const oci::Mount& b) { return depth(a) < depth(b); });
  const auto replaced = [&users](const oci::Mount& mount) {
    return std::any_of(users.begin(), users.end(),
                       [&](const oci::Mount& own) { return own.destination == mount.destination; });
  };
  std::vector<oci::Mount> out = system_mounts(config);
  std::erase_if(out, replaced);
  std::vector<oci::Mount> files = identity_files(place);
  std::erase_if(files, replaced);
  out.insert(out.end(), users.begin(), users.end());
  out.insert(out.end(), files.begin(), files.end());
  return out;
}

std::string overlay_directory(const ContainerPlace& place, size_t mount) {
  return cat(place.directory, "/overlay.", mount);
}

std::map<std::string, runtime::BindExtra> bind_extras(const ContainerConfig& config, const ContainerPlace& place) {
  std::map<std::string, runtime::BindExtra> extras;
  for (size_t i = 0; i < config.mounts.size(); ++i) {
    const MountOption& mount = config.mounts[i];
    if (mount.type == "tmpfs") continue;
    runtime::BindExtra extra;
    extra.subpath = mount.subpath;
    extra.change_owner = mount.change_owner;
    // The image's files have owners that a map may not know.
    extra.copy_up = mount.type == "volume" && !mount.no_copy && mount.subpath.empty() && mount.id_map.empty();
    if (extra.copy_up) extra.copy_place = place.volume_home(mount.source);
    Words lowers = {mount.type == "bind" ? mount.source : ""};
    if (mount.type == "image") lowers = place.image_layers(mount);
    if (mount.type == "volume") lowers = {place.volume_directory(mount.source)};
    if (mount.overlay) {
      extra.overlay_place = overlay_directory(place, i);
      extra.overlay = {lowers, extra.overlay_place + "/upper", extra.overlay_place + "/work", true};
    } else if (lowers.size() > 1) {
      extra.overlay_place = overlay_directory(place, i);
      extra.overlay = {lowers, "", "", false};
    }
    extras[oci::clean_path("", mount.target)] = std::move(extra);
  }
  return extras;
}

}  // namespace minidock::engine
