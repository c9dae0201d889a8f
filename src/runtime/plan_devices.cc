// Device nodes: the ones of every container and the bundle's own.
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <string_view>

#include "oci/path.h"
#include "runtime/plan_tree.h"
#include "runtime/validate.h"

namespace minidock::runtime {

namespace {
// spec: config-linux.md "Default Devices" (console comes with the terminal, ptmx with devpts).
const std::vector<oci::Device>& default_devices() {
  static const std::vector<oci::Device> kDevices = {{"c", "/dev/null", 1, 3},    {"c", "/dev/zero", 1, 5},
                                                    {"c", "/dev/full", 1, 7},    {"c", "/dev/random", 1, 8},
                                                    {"c", "/dev/urandom", 1, 9}, {"c", "/dev/tty", 5, 0}};
  return kDevices;
}

// mknod(2)'s type bits.
uint32_t type_bits(const oci::Device& device) {
  if (device.type == "c" || device.type == "u") return S_IFCHR;
  if (device.type == "b") return S_IFBLK;
  if (device.type == "p") return S_IFIFO;
  throw_error(ErrorKind::invalid, "config: linux.devices: ", printable(device.path), ": unknown type \"",
              printable(device.type), "\"; use c, b, u or p");
}

bool is_read_only(const MountOptions& options) {
  return ((options.mount.set | options.recursive.set) & MOUNT_ATTR_RDONLY) != 0;
}

std::string name_in_dev(const std::string& path) {
  return path.substr(std::string_view("/dev/").size());
}
}  // namespace

// A bind of the host's /dev brings its own nodes. Later entries for a path replace earlier ones.
void TreePlanner::list_nodes() {
  std::vector<oci::Device> wanted;
  if (dev_ == nullptr || !dev_->bind) wanted = default_devices();
  wanted.insert(wanted.end(), spec_.linux_.devices.begin(), spec_.linux_.devices.end());
  for (oci::Device& device : wanted) {
    if (!device.path.starts_with('/'))
      throw_error(ErrorKind::invalid, "config: linux.devices: ", printable(device.path), ": must be absolute");
    device.path = oci::clean_path("", device.path);
    type_bits(device);
    if (dev_ != nullptr && dev_->bind && oci::is_within(device.path, "/dev")) continue;
    const auto same =
        std::find_if(nodes_.begin(), nodes_.end(), [&](const Node& node) { return node.device.path == device.path; });
    if (same != nodes_.end()) {
      same->device = device;
    } else {
      nodes_.push_back({device, -1});
    }
  }
}

// kernel: mknod(2) of a device is refused in a user namespace, so the host's own node is mounted there instead.
void TreePlanner::open_nodes() {
  for (Node& node : nodes_) {
    const oci::Device& device = node.device;
    if (device.type == "p") continue;
    node.slot = builder_.new_slot();
    builder_.monitor(Op::open_tree, cat("open ", device.path, " of the host"),
                     "device nodes cannot be made in a user namespace", {device.path},
                     {node.slot, 0, type_bits(device), device.major, device.minor});
  }
}

void TreePlanner::node(const Node& node, int64_t slot) {
  const oci::Device& device = node.device;
  if (node.slot >= 0) {
    builder_.init(Op::attach, cat("mount the host's ", device.path), "the device itself, by its node on the host",
                  {device.path}, {node.slot, oci::is_within(device.path, "/dev"), 0});
    return;
  }
  std::string name = device.path;
  if (slot >= 0) {
    name = name_in_dev(device.path);
    for (size_t at = name.find('/'); at != std::string::npos; at = name.find('/', at + 1))
      directory(slot, name.substr(0, at), 0755);
  }
  builder_.init(Op::make_node, cat("make ", device.path),
                cat("device ", device.type, " ", device.major, ":", device.minor), {name},
                {slot, static_cast<int64_t>(type_bits(device) | (device.mode & 07777)), device.major, device.minor,
                 device.uid, device.gid});
}

void TreePlanner::directory(int64_t slot, const std::string& name, int64_t mode) {
  if (std::find(made_.begin(), made_.end(), name) != made_.end()) return;
  made_.push_back(name);
  builder_.init(Op::make_directory, cat("make /dev/", name), "a mount or a device needs a place", {name}, {slot, mode});
}

void TreePlanner::links(int64_t slot) {
  const std::pair<const char*, const char*> links[] = {{"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"},
                                                       {"stdout", "/proc/self/fd/1"}, {"stderr", "/proc/self/fd/2"},
                                                       {"ptmx", "pts/ptmx"},          {"core", "/proc/kcore"}};
  for (const auto& [name, target] : links) {
    // An image's own /dev/ptmx would be the host's terminal multiplexer.
    const bool replace = std::string_view(name) == "ptmx";
    builder_.init(Op::make_symlink, cat("link /dev/", name, " to ", target), "programs expect it",
                  {slot >= 0 ? name : cat("/dev/", name), target}, {slot, replace});
  }
}

// security: /dev is our own tmpfs, filled before it is attached: no node is ever made through the image's paths.
void TreePlanner::device_directory(const Entry& entry) {
  dev_slot_ = builder_.new_slot();
  const int64_t slot = dev_slot_;
  Entry writable = entry;
  writable.options.mount.set &= ~static_cast<uint64_t>(MOUNT_ATTR_RDONLY);
  writable.options.recursive.set &= ~static_cast<uint64_t>(MOUNT_ATTR_RDONLY);
  new_mount(writable, "tmpfs", slot);
  if (entry.options.copy_up)
    builder_.init(Op::copy_up, "copy /dev of the root into it", "asked for: tmpcopyup", {"/dev"}, {slot});
  for (const Node& made : nodes_) {
    if (made.slot < 0 && oci::is_within(made.device.path, "/dev")) node(made, slot);
  }
  for (const Entry& other : entries_) {
    const std::string& path = other.mount.destination;
    if (path.starts_with("/dev/") && path.find('/', 5) == std::string::npos && !other.bind)
      directory(slot, name_in_dev(path), 0755);
  }
  links(slot);
  // The terminal's place, which cannot be made later in a read-only /dev.
  if (is_read_only(entry.options))
    builder_.init(Op::make_node, "make /dev/console", "the terminal is mounted on it", {"console"},
                  {slot, S_IFREG | 0600, 0, 0, 0, 0});
  attach(slot, entry, "/dev", "the container has these devices and no others", is_read_only(entry.options));
}

// Nodes outside our own /dev, after every mount: one of those may hold their directory.
void TreePlanner::nodes_by_path() {
  const bool own_dev = dev_ != nullptr && !dev_->bind && dev_->mount.type == "tmpfs";
  for (const Node& made : nodes_) {
    if (made.slot >= 0 || !own_dev || !oci::is_within(made.device.path, "/dev")) node(made, -1);
  }
  if (!own_dev && (dev_ == nullptr || !dev_->bind)) links(-1);
  if (own_dev && is_read_only(dev_->options))
    set_attributes(Stage::init, dev_slot_, *dev_, {MOUNT_ATTR_RDONLY, 0}, false, 0);
}

}  // namespace minidock::runtime
