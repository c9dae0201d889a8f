// Each of the bundle's mounts, by its kind.
#include <sys/mount.h>

#include <algorithm>
#include <string_view>

#include "oci/path.h"
#include "runtime/plan_tree.h"
#include "runtime/validate.h"

namespace minidock::runtime {

namespace {
// proc, sysfs, /dev and what is mounted below them: a link there in the image is an attack (CVE-2019-16884).
bool is_system(const oci::Mount& mount, std::string_view target) {
  if (mount.type == "proc" || mount.type == "sysfs") return true;
  for (const std::string_view top : {"/proc", "/sys", "/dev"}) {
    if (oci::is_within(target, top)) return true;
  }
  return false;
}

const char* why_of(const std::string& type) {
  if (type == "proc") return "/proc shows the processes of the mounter's pid namespace: ours";
  if (type == "sysfs") return "the kernel's view of devices";
  if (type == "devpts") return "pseudo-terminals of the container's own";
  if (type == "mqueue") return "POSIX message queues of our IPC namespace";
  return "asked for";
}

bool makes_namespace(const oci::Spec& spec, std::string_view type) {
  const oci::Namespace* entry = find_namespace(spec, type);
  return entry != nullptr && entry->path.empty();
}

bool maps(const std::vector<oci::IdMapping>& mappings, uint32_t id) {
  return std::any_of(mappings.begin(), mappings.end(), [&](const oci::IdMapping& map) {
    return id >= map.container_id && id - map.container_id < map.size;
  });
}
}  // namespace

void TreePlanner::mount(Entry& entry) {
  if (entry.options.remount) return remount(entry);
  if (entry.bind) return bind(entry);
  if (entry.mount.type == "cgroup") return cgroup(entry);
  if (entry.mount.type == "tmpfs" && &entry == dev_) return device_directory(entry);
  const int64_t slot = builder_.new_slot();
  if (entry.options.copy_up && entry.mount.type == "tmpfs") {
    copied_tmpfs(entry, slot);
  } else {
    new_mount(entry, entry.mount.type, slot);
  }
  attach(slot, entry, entry.mount.destination, why_of(entry.mount.type));
}

void TreePlanner::copied_tmpfs(const Entry& entry, int64_t slot) {
  Entry writable = entry;
  writable.options.mount.set = writable.options.recursive.set = 0;
  new_mount(writable, "tmpfs", slot);
  builder_.init(Op::copy_up, cat("copy ", entry.mount.destination, " of the root into it"), "asked for: tmpcopyup",
                {entry.mount.destination}, {slot});
  const uint64_t attributes = entry.options.mount.set | entry.options.recursive.set;
  if (attributes != 0) set_attributes(Stage::init, slot, entry, {attributes, 0}, false, 0);
}

void TreePlanner::new_mount(const Entry& entry, const std::string& type, int64_t slot) {
  const oci::Mount& mount = entry.mount;
  const MountOptions& options = entry.options;
  std::vector<std::string> data = options.data;
  // kernel: gid=5, the usual group of terminals, is an error in a user namespace that has no such id.
  if (type == "devpts" && !spec_.linux_.gid_mappings.empty() && !maps(spec_.linux_.gid_mappings, 5) &&
      std::erase(data, "gid=5") != 0) {
    builder_.warn(cat("mounts: ", mount.destination, ": gid=5 is left out: linux.gidMappings does not map it"));
  }
  // A file system on a device may have no way to be written; the virtual ones share theirs with the host.
  if ((options.mount.set & MOUNT_ATTR_RDONLY) != 0 && mount.source.starts_with('/')) data.push_back("ro");
  std::vector<std::string> texts = {type, mount.source, join(data, ",")};
  if (type == "tmpfs" && bundle_.launcher == Launcher::starter &&
      std::none_of(data.begin(), data.end(), [](const std::string& word) { return word.starts_with("mode="); }))
    texts.push_back(mount.destination);
  builder_.init(Op::new_mount, cat("make a ", type, " for ", mount.destination),
                cat("a new file system instance, not attached yet",
                    mount.options.empty() ? "" : "; options: ", join(mount.options, ",")),
                std::move(texts),
                {slot, static_cast<int64_t>(options.mount.set | options.recursive.set), entry.slot + 1});
  if (options.propagation != 0)
    set_attributes(Stage::init, slot, entry, {}, options.recursive_propagation, options.propagation);
}

void TreePlanner::attach(int64_t slot, const Entry& entry, const std::string& target, std::string why, bool keep) {
  builder_.init(Op::attach, cat("mount on ", target), std::move(why), {target},
                {slot, is_system(entry.mount, target), keep});
}

void TreePlanner::bind(Entry& entry) {
  if (entry.slot < 0) open_bind(Stage::init, entry, /*live=*/false);
  const oci::Mount& mount = entry.mount;
  const BindExtra& extra = extra_of(entry);
  if (extra.copy_up) {
    builder_.init(Op::copy_up, cat("fill the empty volume for ", mount.destination),
                  "a new volume starts with what the image has there", {mount.destination},
                  {entry.slot, entry.copy_slot + 1});
  }
  if (extra.change_owner) {
    builder_.init(Op::change_owner, cat("give ", mount.source, " to the container's user"), "asked for: U",
                  {spec_.process.user.lookup.value_or("")}, {entry.slot});
  }
  if (entry.late != 0) set_attributes(Stage::init, entry.slot, entry, {entry.late, 0}, true, 0);
  builder_.init(Op::attach, cat("mount ", mount.source, " on ", mount.destination),
                "a part of the host, by the user's wish", {mount.destination}, {entry.slot, 0, 0});
}

void TreePlanner::remount(const Entry& entry) {
  const MountOptions& options = entry.options;
  builder_.init(Op::remount, cat("change the options of ", entry.mount.destination),
                cat("options: ", join(entry.mount.options, ",")),
                {entry.mount.destination, entry.bind ? "" : options.data_text()},
                {static_cast<int64_t>(options.mount.set), static_cast<int64_t>(options.mount.clear)});
}

// kernel: only root of the user namespace that owns the network may mount sysfs, and of the one that owns the cgroup
// namespace cgroup2. Where it is another's, the host's tree is shown, read-only as far as asked.
void TreePlanner::fallback_for_refused() {
  for (Entry& entry : entries_) {
    std::string source;
    if (entry.mount.type == "sysfs" && !makes_namespace(spec_, "network")) source = "/sys";
    const linux::CgroupHierarchy* unified = facts_.cgroups.unified();
    if (entry.mount.type == "cgroup" && facts_.cgroups.mode == linux::CgroupMode::v2 &&
        !makes_namespace(spec_, "cgroup") && unified != nullptr) {
      source = unified->mount_point;
    }
    if (entry.bind || source.empty()) continue;
    entry.slot = builder_.new_slot();
    open_tree(Stage::monitor, source, entry.mount.destination, entry.slot, true);
    set_attributes(Stage::monitor, entry.slot, entry, entry.options.mount, true, setup_propagation());
  }
}

void TreePlanner::cgroup(const Entry& entry) {
  // An engine's container without a cgroup of its own has none to show.
  if (bundle_.launcher == Launcher::monitor && cgroup_.v1_directories.empty() && cgroup_.v2_directory.empty()) return;
  if (facts_.cgroups.mode == linux::CgroupMode::none) {
    builder_.warn(cat("mounts: ", entry.mount.destination, ": this host has no cgroups; left out"));
    return;
  }
  if (!shown_hierarchies().empty()) return cgroup_v1(entry);
  const int64_t slot = builder_.new_slot();
  Entry unified = entry;
  unified.options.data.clear();
  new_mount(unified, "cgroup2", slot);
  attach(slot, entry, entry.mount.destination, "the container sees its own limits and use");
}

// v1 has a mount for each hierarchy; where the plan has cgroups, only those that the container has one in are shown.
std::vector<const linux::CgroupHierarchy*> TreePlanner::shown_hierarchies() const {
  std::vector<const linux::CgroupHierarchy*> shown;
  for (const linux::CgroupHierarchy& hierarchy : facts_.cgroups.hierarchies) {
    const auto& joined = cgroup_.v1_directories;
    const bool ours = joined.empty() || std::any_of(joined.begin(), joined.end(), [&](const std::string& directory) {
                        return directory.starts_with(hierarchy.mount_point + "/");
                      });
    if (hierarchy.version == 1 && ours) shown.push_back(&hierarchy);
  }
  if (bundle_.launcher == Launcher::monitor && cgroup_.v1_directories.empty()) shown.clear();
  return shown;
}

void TreePlanner::open_own_cgroup(Stage stage, const linux::CgroupHierarchy& hierarchy, int64_t slot,
                                  uint64_t attributes) {
  const std::string controllers = join(hierarchy.controllers, ",");
  builder_.at(stage, Op::open_cgroup, cat("open our cgroup of hierarchy ", controllers),
              "without a cgroup namespace the hierarchy's own top would be the host's",
              {hierarchy.mount_point, hierarchy.root, controllers}, {slot, static_cast<int64_t>(attributes)});
}

// In a user namespace the host's cgroup directories are out of reach.
void TreePlanner::open_own_cgroups() {
  if (find_namespace(spec_, "cgroup") != nullptr) return;
  for (Entry& entry : entries_) {
    if (entry.bind || entry.mount.type != "cgroup") continue;
    for (const linux::CgroupHierarchy* hierarchy : shown_hierarchies()) {
      const int64_t slot = builder_.new_slot();
      open_own_cgroup(Stage::monitor, *hierarchy, slot, entry.options.mount.set | entry.options.recursive.set);
      set_attributes(Stage::monitor, slot, entry, {}, false, setup_propagation());
      entry.cgroups.push_back(slot);
    }
  }
}

void TreePlanner::cgroup_v1(const Entry& entry) {
  const std::string& destination = entry.mount.destination;
  const int64_t top = builder_.new_slot();
  const int64_t attributes = static_cast<int64_t>(entry.options.mount.set | entry.options.recursive.set);
  builder_.init(Op::new_mount, cat("make a tmpfs for ", destination), "holds a directory for each cgroup v1 hierarchy",
                {"tmpfs", "tmpfs", "mode=755"}, {top, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0});
  const auto name_of = [](const linux::CgroupHierarchy& hierarchy) {
    return hierarchy.mount_point.substr(hierarchy.mount_point.rfind('/') + 1);
  };
  const auto shown = shown_hierarchies();
  for (const linux::CgroupHierarchy* hierarchy : shown) {
    const std::string name = name_of(*hierarchy);
    builder_.init(Op::make_directory, cat("make directory ", name), "a mount needs a place", {name}, {top, 0755});
    for (const std::string& controller : hierarchy->controllers) {
      if (hierarchy->controllers.size() < 2 || controller == name) continue;
      builder_.init(Op::make_symlink, cat("link ", controller, " to ", name), "programs look for each controller",
                    {controller, name}, {top, 0});
    }
  }
  attach(top, entry, destination, "the container sees its own limits and use", /*keep=*/true);
  const bool own_namespace = find_namespace(spec_, "cgroup") != nullptr;
  for (size_t i = 0; i < shown.size(); ++i) {
    const linux::CgroupHierarchy* hierarchy = shown[i];
    const bool opened = i < entry.cgroups.size();
    const int64_t slot = opened ? entry.cgroups[i] : builder_.new_slot();
    const std::string controllers = join(hierarchy->controllers, ",");
    if (own_namespace) {
      builder_.init(Op::new_mount, cat("mount cgroup hierarchy ", controllers),
                    "its top is the container's cgroup, by the cgroup namespace", {"cgroup", "cgroup", controllers},
                    {slot, attributes, 0});
    } else if (!opened) {
      open_own_cgroup(Stage::init, *hierarchy, slot, static_cast<uint64_t>(attributes));
      if (!own_mounts_) set_attributes(Stage::init, slot, entry, {}, false, MS_PRIVATE);
    }
    attach(slot, entry, cat(destination, "/", name_of(*hierarchy)),
           (attributes & MOUNT_ATTR_RDONLY) != 0 ? "read-only: a container must not change its own limits"
                                                 : "writable: asked for");
  }
  if ((attributes & MOUNT_ATTR_RDONLY) != 0) {
    builder_.init(Op::set_attributes, cat("make ", destination, " read-only"), "nothing more is to be made there", {},
                  {top, MOUNT_ATTR_RDONLY, 0, 0, 0});
  }
}

}  // namespace minidock::runtime
