// The container's file tree: root, mounts, devices, masks.
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <string_view>

#include "runtime/mount_options.h"
#include "runtime/plan_tree.h"
#include "runtime/validate.h"

namespace minidock::runtime {

namespace {
bool is_bind(const oci::Mount& mount) {
  return mount.type == "bind" || parse_mount_options(mount.options).bind;
}

// proc, sysfs, /dev and what is mounted below them: a link there in the image is an attack (CVE-2019-16884).
bool is_system(const std::string& target) {
  for (const std::string_view top : {"/proc", "/sys", "/dev"}) {
    if (target == top || target.starts_with(cat(top, "/"))) return true;
  }
  return false;
}

// spec: config-linux.md "Default Devices" (console comes with the terminal, ptmx with devpts).
const std::vector<oci::Device>& default_devices() {
  static const std::vector<oci::Device> kDevices = {{"c", "/dev/null", 1, 3},    {"c", "/dev/zero", 1, 5},
                                                    {"c", "/dev/full", 1, 7},    {"c", "/dev/random", 1, 8},
                                                    {"c", "/dev/urandom", 1, 9}, {"c", "/dev/tty", 5, 0}};
  return kDevices;
}
}  // namespace

void TreePlanner::mounts() {
  bind_slots_.assign(spec_.mounts.size(), -1);
  open_binds(/*propagating=*/true);
  const bool shared =
      spec_.linux_.rootfs_propagation.ends_with("shared") || spec_.linux_.rootfs_propagation.ends_with("slave");
  builder_.init(Op::make_private, shared ? "make every mount a slave" : "make every mount private",
                "from here on no mount of the container reaches the host", {},
                {static_cast<int64_t>(MS_REC | (shared ? MS_SLAVE : MS_PRIVATE))});
  open_binds(/*propagating=*/false);
  root();
  for (size_t i = 0; i < spec_.mounts.size(); ++i) mount(spec_.mounts[i], bind_slots_[i]);
}

// Sources are opened before pivot_root: afterwards the host's paths are gone.
void TreePlanner::open_binds(bool propagating) {
  for (size_t i = 0; i < spec_.mounts.size(); ++i) {
    const oci::Mount& mount = spec_.mounts[i];
    if (!is_bind(mount)) continue;
    const MountOptions options = parse_mount_options(mount.options);
    if (((options.propagation & (MS_SHARED | MS_SLAVE)) != 0) != propagating) continue;
    bind_slots_[i] = builder_.new_slot();
    builder_.init(Op::open_tree, cat("open ", mount.source, " of the host"),
                  cat("a detached copy of that mount, to be attached at ", mount.destination), {mount.source},
                  {bind_slots_[i], options.recursive_bind});
    if (options.attributes != 0 || options.cleared != 0) {
      set_attributes(bind_slots_[i], mount, options.attributes, options.cleared, false, 0);
    }
    if (options.recursive_attributes != 0 || options.propagation != 0) {
      set_attributes(bind_slots_[i], mount, options.recursive_attributes, 0, true, options.propagation);
    }
  }
}

void TreePlanner::set_attributes(int64_t slot, const oci::Mount& mount, uint64_t set, uint64_t clear, bool recursive,
                                 uint64_t propagation) {
  builder_.init(
      Op::set_attributes, cat("set the options of ", mount.destination), cat("options: ", join(mount.options, ",")), {},
      {slot, static_cast<int64_t>(set), static_cast<int64_t>(clear), recursive, static_cast<int64_t>(propagation)});
}

void TreePlanner::root() {
  const int64_t slot = builder_.new_slot();
  if (bundle_.overlay) {
    const Overlay& overlay = *bundle_.overlay;
    std::vector<std::string> texts = {overlay.upper, overlay.work};
    texts.insert(texts.end(), overlay.lowers.begin(), overlay.lowers.end());
    builder_.init(Op::overlay,
                  cat("mount an overlay of ", overlay.lowers.size(), overlay.lowers.size() == 1 ? " layer" : " layers"),
                  "the image's layers below, read-only and shared; the container's own writes in a directory above",
                  std::move(texts), {slot, 0, overlay.discarded});
  } else {
    builder_.init(Op::open_tree, cat("open root file system ", spec_.root_path),
                  "the bundle's directory becomes the root", {spec_.root_path}, {slot, 1});
  }
  builder_.init(Op::attach_root, "attach it", "all mounts are made below it while the host's tree is still there",
                {bundle_.overlay ? "/" : spec_.root_path}, {slot});
}

void TreePlanner::attach(int64_t slot, const std::string& target, std::string why) {
  builder_.init(Op::attach, cat("mount on ", target), std::move(why), {target}, {slot, is_system(target)});
}

void TreePlanner::mount(const oci::Mount& mount, int64_t bind_slot) {
  if (bind_slot >= 0) return attach_bind(mount, bind_slot);
  if (mount.type == "cgroup" && !cgroup_.v1_directories.empty()) return cgroup_v1(mount);
  if (mount.type == "cgroup" && cgroup_.v2_directory.empty()) return;
  if (mount.type == "tmpfs" && mount.destination == "/dev") return devices(mount);
  const int64_t slot = new_mount(mount, mount.type == "cgroup" ? "cgroup2" : mount.type);
  const char* why = mount.type == "proc"     ? "/proc shows the processes of the mounter's pid namespace: ours"
                    : mount.type == "sysfs"  ? "the kernel's view of devices, read-only"
                    : mount.type == "devpts" ? "pseudo-terminals of the container's own"
                    : mount.type == "mqueue" ? "POSIX message queues of our IPC namespace"
                                             : "asked for";
  attach(slot, mount.destination, why);
}

int64_t TreePlanner::new_mount(const oci::Mount& mount, const std::string& type) {
  const MountOptions options = parse_mount_options(mount.options);
  const int64_t slot = builder_.new_slot();
  builder_.init(Op::new_mount, cat("make a ", type, " for ", mount.destination),
                cat("a new file system instance, not attached yet",
                    mount.options.empty() ? "" : "; options: ", join(mount.options, ",")),
                {type, mount.source, options.data}, {slot, static_cast<int64_t>(options.attributes)});
  return slot;
}

void TreePlanner::attach_bind(const oci::Mount& mount, int64_t slot) {
  const auto& volumes = bundle_.volume_targets;
  if (std::find(volumes.begin(), volumes.end(), mount.destination) != volumes.end()) {
    builder_.init(Op::copy_up, cat("fill the empty volume for ", mount.destination),
                  "a new volume starts with what the image has there", {mount.destination}, {slot});
  }
  builder_.init(Op::attach, cat("mount ", mount.source, " on ", mount.destination),
                "a part of the host, by the user's wish", {mount.destination}, {slot, 0});
}

// v1 has a mount for each hierarchy; only those that the container has a cgroup in are shown.
void TreePlanner::cgroup_v1(const oci::Mount& mount) {
  const MountOptions options = parse_mount_options(mount.options);
  const int64_t top = builder_.new_slot();
  builder_.init(Op::new_mount, cat("make a tmpfs for ", mount.destination),
                "holds a directory for each cgroup v1 hierarchy", {"tmpfs", "tmpfs", "mode=755"},
                {top, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC});
  std::vector<const linux::CgroupHierarchy*> shown;
  for (const linux::CgroupHierarchy& hierarchy : facts_.cgroups.hierarchies) {
    const bool joined =
        std::any_of(cgroup_.v1_directories.begin(), cgroup_.v1_directories.end(),
                    [&](const std::string& directory) { return directory.starts_with(hierarchy.mount_point + "/"); });
    if (hierarchy.version == 1 && joined) shown.push_back(&hierarchy);
  }
  const auto name_of = [](const linux::CgroupHierarchy& hierarchy) {
    return hierarchy.mount_point.substr(hierarchy.mount_point.rfind('/') + 1);
  };
  for (const linux::CgroupHierarchy* hierarchy : shown) {
    builder_.init(Op::make_directory, cat("make directory ", name_of(*hierarchy)), "a mount needs a place",
                  {name_of(*hierarchy)}, {top, 0755});
  }
  attach(top, mount.destination, "the container sees its own limits and use");
  for (const linux::CgroupHierarchy* hierarchy : shown) {
    const int64_t slot = builder_.new_slot();
    const std::string controllers = join(hierarchy->controllers, ",");
    builder_.init(Op::new_mount, cat("mount cgroup hierarchy ", controllers),
                  "its top is the container's cgroup, by the cgroup namespace", {"cgroup", "cgroup", controllers},
                  {slot, static_cast<int64_t>(options.attributes)});
    attach(slot, cat(mount.destination, "/", name_of(*hierarchy)),
           "read-only: a container must not change its own limits");
  }
  if ((options.attributes & MOUNT_ATTR_RDONLY) != 0) {
    builder_.init(Op::set_attributes, cat("make ", mount.destination, " read-only"), "nothing more is to be made there",
                  {}, {top, MOUNT_ATTR_RDONLY, 0, 0, 0});
  }
}

void TreePlanner::node(int64_t slot, const oci::Device& device) {
  if (!device.path.starts_with("/dev/"))
    throw_error(ErrorKind::invalid, "device ", printable(device.path), ": must lie below /dev");
  const uint32_t type = device.type == "b" ? S_IFBLK : device.type == "p" ? S_IFIFO : S_IFCHR;
  const std::string name = device.path.substr(5);
  for (size_t at = name.find('/'); at != std::string::npos; at = name.find('/', at + 1))
    directory(slot, name.substr(0, at), 0755);
  builder_.init(Op::make_node, cat("make ", device.path),
                cat("device ", device.type, " ", device.major, ":", device.minor), {name},
                {slot, static_cast<int64_t>(type | device.mode), device.major, device.minor, device.uid, device.gid});
}

void TreePlanner::directory(int64_t slot, const std::string& name, int64_t mode) {
  if (std::find(made_.begin(), made_.end(), name) != made_.end()) return;
  made_.push_back(name);
  builder_.init(Op::make_directory, cat("make /dev/", name), "a mount or a device needs a place", {name}, {slot, mode});
}

// security: /dev is our own tmpfs, filled before it is attached: no node is ever made through the image's paths.
void TreePlanner::devices(const oci::Mount& mount) {
  const int64_t slot = new_mount(mount, "tmpfs");
  for (const oci::Device& device : default_devices()) node(slot, device);
  for (const oci::Device& device : spec_.linux_.devices) node(slot, device);
  for (const oci::Mount& other : spec_.mounts) {
    if (other.destination.starts_with("/dev/") && other.destination.find('/', 5) == std::string::npos &&
        !is_bind(other)) {
      directory(slot, other.destination.substr(5), 0755);
    }
  }
  const std::pair<const char*, const char*> links[] = {{"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"},
                                                       {"stdout", "/proc/self/fd/1"}, {"stderr", "/proc/self/fd/2"},
                                                       {"ptmx", "pts/ptmx"},          {"core", "/proc/kcore"}};
  for (const auto& [name, target] : links) {
    builder_.init(Op::make_symlink, cat("link /dev/", name, " to ", target), "programs expect it", {name, target},
                  {slot});
  }
  attach(slot, "/dev", "the container has these devices and no others");
}

void TreePlanner::after_pivot() {
  builder_.init(Op::pivot, "pivot_root into it",
                "unlike chroot, the old root is unmounted: there is no way back to the host's files", {}, {0});
  for (const auto& [key, value] : spec_.linux_.sysctl) {
    builder_.init(Op::sysctl, cat("set sysctl ", key, " to ", value), "namespaced: the host's value stays",
                  {key, value});
  }
  for (const std::string& path : spec_.linux_.readonly_paths) {
    builder_.init(Op::read_only, cat("make ", path, " read-only"),
                  "these settings are the whole machine's, not the container's", {path});
  }
  for (const std::string& path : spec_.linux_.masked_paths) {
    builder_.init(Op::mask, cat("hide ", path), "it tells or changes things of the host", {path});
  }
}

}  // namespace minidock::runtime
