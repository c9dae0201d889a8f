// The order of the tree's steps; its root and the sources that come from the host.
#include "runtime/plan_tree.h"

#include <sys/mount.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "oci/path.h"
#include "runtime/validate.h"

namespace minidock::runtime {

namespace {
// kernel: mount(2) and the older file systems take one page of option text.
constexpr size_t kMaxData = 4095;

template <typename... Parts>
[[noreturn]] void refuse_mount(const oci::Mount& mount, const Parts&... parts) {
  throw_error(ErrorKind::invalid, "config: mounts: ", printable(mount.destination), ": ", parts...);
}

void check_mount(const oci::Mount& mount, const MountOptions& options, bool bind) {
  if (mount.type.empty() && !bind && !options.remount)
    refuse_mount(mount, "no type; name a file system, or \"bind\" among the options");
  if (bind && mount.source.empty()) refuse_mount(mount, "a bind mount needs a source");
  if (options.idmap && !bind) refuse_mount(mount, "only bind mounts can be idmapped");
  if (mount.uid_mappings.empty() != mount.gid_mappings.empty())
    refuse_mount(mount, "uidMappings and gidMappings come together");
  if (options.data_text().size() > kMaxData)
    refuse_mount(mount, "the options are longer than the ", kMaxData, " bytes that the kernel takes");
}

std::string map_text(const std::vector<oci::IdMapping>& mappings) {
  std::string text;
  for (const oci::IdMapping& map : mappings) text += cat(map.container_id, " ", map.host_id, " ", map.size, "\n");
  return text;
}

// The MS_* flags of a word of linux.rootfsPropagation; 0 for "".
uint64_t propagation_flags(const std::string& word) {
  if (word.empty()) return 0;
  const MountOptions options = parse_mount_options({word});
  if (options.propagation == 0)
    throw_error(ErrorKind::invalid, "config: linux.rootfsPropagation: rootfsPropagation=", printable(word),
                " is not supported; use shared, slave, private or unbindable");
  return options.propagation | (options.recursive_propagation ? static_cast<uint64_t>(MS_REC) : 0);
}
}  // namespace

TreePlanner::TreePlanner(Builder& builder, const Bundle& bundle, const linux::HostFacts& facts,
                         const linux::CgroupPlan& cgroup)
    : builder_(builder),
      bundle_(bundle),
      spec_(bundle.spec),
      facts_(facts),
      cgroup_(cgroup),
      user_namespace_(find_namespace(bundle.spec, "user") != nullptr),
      own_mounts_(find_namespace(bundle.spec, "mount") != nullptr) {
  for (const oci::Mount& given : spec_.mounts) read_entry(given);
  if (!own_mounts_) refuse_shared();
  for (const Entry& entry : entries_) {
    if (entry.mount.destination == "/dev") dev_ = &entry;
  }
  list_nodes();
}

// security: what is mounted below a shared mount is mounted on its peers as well.
void TreePlanner::refuse_shared() const {
  if ((propagation_flags(spec_.linux_.rootfs_propagation) & (MS_SHARED | MS_UNBINDABLE)) != 0)
    throw_error(ErrorKind::invalid, "config: linux.rootfsPropagation: needs a mount namespace");
  for (const Entry& entry : entries_) {
    if ((entry.options.propagation & MS_SHARED) != 0)
      refuse_mount(entry.mount, "shared propagation needs a mount namespace");
  }
}

void TreePlanner::read_entry(const oci::Mount& given) {
  Entry entry;
  entry.mount = given;
  entry.options = parse_mount_options(given.options);
  entry.bind = given.type == "bind" || entry.options.bind;
  if (!given.destination.starts_with('/'))
    builder_.warn(cat("mounts: destination ", given.destination, " is not absolute; taken as /", given.destination));
  entry.mount.destination = oci::clean_path("", given.destination);
  // Callers have given the place on the host, and other runtimes have taken it.
  if (const std::string path = path_inside(given.destination); !path.empty() && path != "/") {
    builder_.warn(cat("mounts: destination ", given.destination, " is the root's path on the host; taken as ", path));
    entry.mount.destination = path;
  }
  entry.options.idmap = entry.options.idmap || !given.uid_mappings.empty();
  check_mount(entry.mount, entry.options, entry.bind);
  if (const std::string path = entry.bind ? path_inside(given.source) : ""; !path.empty()) {
    const bool made = std::any_of(entries_.begin(), entries_.end(), [&](const Entry& earlier) {
      return !earlier.options.remount && oci::is_within(path, earlier.mount.destination);
    });
    if (made) entry.inside = path;
  }
  entry.early = entry.inside.empty() && (user_namespace_ || entry.options.idmap);
  entries_.push_back(std::move(entry));
}

// The path in the container of what lies below the bundle's root on the host; "" for another.
std::string TreePlanner::path_inside(const std::string& path) const {
  if (bundle_.overlay || spec_.root_path == "/" || !path.starts_with('/')) return "";
  const std::string clean = oci::clean_path("", path);
  if (!oci::is_within(clean, spec_.root_path)) return "";
  return clean == spec_.root_path ? "/" : clean.substr(spec_.root_path.size());
}

// What the container starts from: the host's later mounts still reach a slave, so that none of them is kept busy by a
// copy of it here. docker's containers get nothing from the host unless asked.
uint64_t TreePlanner::setup_propagation() const {
  const std::string& word = spec_.linux_.rootfs_propagation;
  const uint64_t asked = propagation_flags(word) & ~static_cast<uint64_t>(MS_REC);
  const bool slave = asked == 0 ? bundle_.launcher == Launcher::starter : (asked & (MS_SHARED | MS_SLAVE)) != 0;
  return static_cast<uint64_t>(slave ? MS_SLAVE : MS_PRIVATE);
}

void TreePlanner::before_clone() {
  for (Entry& entry : entries_) {
    if (!entry.bind || entry.options.remount) continue;
    if (entry.options.idmap) open_map(entry);
    if (entry.early) open_bind(Stage::monitor, entry, /*live=*/true);
  }
  if (!user_namespace_) return;
  fallback_for_refused();
  open_own_cgroups();
  open_nodes();
  open_root(Stage::monitor);
}

void TreePlanner::mounts() {
  const uint64_t propagation = setup_propagation();
  if (own_mounts_) {
    open_binds(/*propagating=*/true);
    builder_.init(Op::make_private, propagation == MS_SLAVE ? "make every mount a slave" : "make every mount private",
                  "from here on no mount of the container reaches the host", {},
                  {static_cast<int64_t>(MS_REC | propagation)});
  } else {
    builder_.init(Op::share_mounts, "stay in the caller's mount namespace",
                  "none was asked for; what is mounted below the root goes with the container");
  }
  // order: the engine's root covers "/", where its sources are; a bundle's sources are opened one by one, in its order.
  if (bundle_.launcher == Launcher::monitor) open_binds(/*propagating=*/false);
  if (root_slot_ < 0) open_root(Stage::init);
  attach_root();
  for (Entry& entry : entries_) mount(entry);
  nodes_by_path();
}

// A bind that takes part in the host's propagation is opened while it still reaches us, where what comes after would
// cut it off. A slave of a slave takes part all the same, and for mounts to go out callers ask for a shared root too.
bool TreePlanner::opened_with_the_host(const Entry& entry) const {
  if (!entry.inside.empty() || (entry.options.propagation & (MS_SHARED | MS_SLAVE)) == 0) return false;
  const bool goes_out = (entry.options.propagation & MS_SHARED) != 0 &&
                        (propagation_flags(spec_.linux_.rootfs_propagation) & MS_SHARED) != 0;
  return goes_out || setup_propagation() != MS_SLAVE;
}

// Sources are opened before pivot_root: afterwards the host's paths are gone.
void TreePlanner::open_binds(bool propagating) {
  for (Entry& entry : entries_) {
    if (!entry.bind || entry.early || entry.options.remount) continue;
    if (opened_with_the_host(entry) == propagating) open_bind(Stage::init, entry, /*live=*/propagating);
  }
}

void TreePlanner::open_tree(Stage stage, const std::string& source, const std::string& target, int64_t slot,
                            bool recursive, const std::string& subpath) {
  std::vector<std::string> texts = {source};
  if (!subpath.empty()) texts.push_back(subpath);
  const std::string name = cat("open ", join(texts, "/"), " of the host");  // order: before the texts are moved
  builder_.at(stage, Op::open_tree, name, cat("a detached copy of that mount, to be attached at ", target),
              std::move(texts), {slot, recursive});
}

const BindExtra& TreePlanner::extra_of(const Entry& entry) const {
  static const BindExtra kNone;
  const auto found = bundle_.bind_extras.find(entry.mount.destination);
  return found == bundle_.bind_extras.end() ? kNone : found->second;
}

void TreePlanner::open_overlay(const Overlay& overlay, const std::string& name, const std::string& why, int64_t slot) {
  std::vector<std::string> texts = {overlay.upper, overlay.work};
  texts.insert(texts.end(), overlay.lowers.begin(), overlay.lowers.end());
  builder_.init(Op::overlay, name, why, std::move(texts), {slot, 0, overlay.discarded});
}

// What is to be attached, by its path on the host, or in the container, or made of directories of the host.
void TreePlanner::open_source(Stage stage, const Entry& entry) {
  const BindExtra& extra = extra_of(entry);
  const std::string& destination = entry.mount.destination;
  if (!entry.inside.empty()) {
    builder_.init(Op::open_inside, cat("open ", entry.inside, " of the container"),
                  cat("made by earlier mounts, to be attached at ", destination, " too"), {entry.inside},
                  {entry.slot, entry.options.recursive_bind});
  } else if (!extra.overlay) {
    open_tree(stage, entry.mount.source, destination, entry.slot, entry.options.recursive_bind, extra.subpath);
  } else {
    open_overlay(*extra.overlay, cat("mount an overlay over ", entry.mount.source),
                 cat("to be attached at ", destination, "; the source stays as it is"), entry.slot);
    if (extra.subpath.empty()) return;
    builder_.init(Op::open_below, cat("open ", extra.subpath, " in it"),
                  "links there lead to places in it, whatever they say", {extra.subpath, extra.overlay_place},
                  {entry.slot});
  }
}

// `live`: the copy is still a peer of the host's mounts, until its propagation is set.
void TreePlanner::open_bind(Stage stage, Entry& entry, bool live) {
  MountOptions& options = entry.options;
  entry.slot = builder_.new_slot();
  open_source(stage, entry);
  if (!extra_of(entry).copy_place.empty()) {
    entry.copy_slot = builder_.new_slot();
    builder_.at(stage, Op::open_directory, cat("open ", extra_of(entry).copy_place),
                "what fills an empty volume is made there", {extra_of(entry).copy_place}, {entry.copy_slot});
  }
  if (extra_of(entry).change_owner || extra_of(entry).copy_up) {
    entry.late = (options.mount.set | options.recursive.set) & MOUNT_ATTR_RDONLY;
    options.mount.set &= ~entry.late;
    options.recursive.set &= ~entry.late;
  }
  const uint64_t whole = options.recursive_propagation                                      ? options.propagation
                         : (live || !own_mounts_) && (options.propagation & MS_SHARED) == 0 ? setup_propagation()
                                                                                            : 0;
  const uint64_t single = options.recursive_propagation ? 0 : options.propagation;
  if (options.recursive.any() && options.mount.any()) bind_options(stage, entry, 0);
  if (options.recursive.any() || whole != 0) set_attributes(stage, entry.slot, entry, options.recursive, true, whole);
  if (!options.recursive.any() && options.mount.any()) {
    bind_options(stage, entry, single);
  } else if (single != 0) {
    set_attributes(stage, entry.slot, entry, {}, false, single);
  }
  if (!options.idmap) return;
  builder_.at(stage, Op::idmap, cat("map the owners of ", entry.mount.destination),
              "files there belong to the ids that the map gives, on this mount alone", {},
              {entry.slot, options.recursive_idmap, entry.map_slot});
}

// Callers of an OCI runtime expect mount(2)'s rule: one named option, and those that are not named are cleared. The
// engine's binds keep what the host's mount restricts.
void TreePlanner::bind_options(Stage stage, const Entry& entry, uint64_t propagation) {
  const MountAttributes& own = entry.options.mount;
  if (bundle_.launcher == Launcher::monitor) return set_attributes(stage, entry.slot, entry, own, false, propagation);
  const bool times = own.atime_mode || (own.set & MOUNT_ATTR_NODIRATIME) != 0;
  builder_.at(stage, Op::bind_options, cat("set the options of ", entry.mount.destination),
              cat("options: ", join(entry.mount.options, ",")), {},
              {entry.slot, static_cast<int64_t>(own.set), static_cast<int64_t>(own.clear), times, user_namespace_});
  if (propagation != 0) set_attributes(stage, entry.slot, entry, {}, false, propagation);
}

void TreePlanner::set_attributes(Stage stage, int64_t slot, const Entry& entry, const MountAttributes& attributes,
                                 bool recursive, uint64_t propagation) {
  builder_.at(stage, Op::set_attributes, cat("set the options of ", entry.mount.destination),
              cat("options: ", entry.mount.options.empty() ? "the defaults" : join(entry.mount.options, ",")), {},
              {slot, static_cast<int64_t>(attributes.set), static_cast<int64_t>(attributes.clear), recursive,
               static_cast<int64_t>(propagation)});
}

void TreePlanner::open_map(Entry& entry) {
  std::vector<std::string> texts = {map_text(entry.mount.uid_mappings), map_text(entry.mount.gid_mappings), ""};
  if (entry.mount.uid_mappings.empty()) {
    const oci::Namespace* user = find_namespace(spec_, "user");
    if (user == nullptr) refuse_mount(entry.mount, "idmap without uidMappings needs a user namespace");
    texts = {map_text(spec_.linux_.uid_mappings), map_text(spec_.linux_.gid_mappings), user->path};
  }
  entry.map_slot = builder_.new_slot();
  builder_.monitor(Op::open_map, cat("make the map of owners for ", entry.mount.destination),
                   "the kernel takes it from a user namespace", std::move(texts), {entry.map_slot});
}

void TreePlanner::open_root(Stage stage) {
  root_slot_ = builder_.new_slot();
  if (!bundle_.overlay) {
    builder_.at(stage, Op::open_tree, cat("open root file system ", spec_.root_path),
                "the bundle's directory becomes the root", {spec_.root_path}, {root_slot_, 1});
    if (stage == Stage::monitor)
      builder_.monitor(Op::set_attributes, "take the root out of the host's propagation",
                       "it is copied before its own namespace exists", {},
                       {root_slot_, 0, 0, 1, static_cast<int64_t>(setup_propagation())});
    return;
  }
  const Overlay& overlay = *bundle_.overlay;
  open_overlay(
      overlay, cat("mount an overlay of ", overlay.lowers.size(), overlay.lowers.size() == 1 ? " layer" : " layers"),
      "the image's layers below, read-only and shared; the container's own writes in a directory above", root_slot_);
}

void TreePlanner::attach_root() {
  const std::string at = bundle_.overlay ? "/" : spec_.root_path;
  builder_.init(Op::attach_root, cat("attach the root at ", at),
                "everything is mounted below it while the host's tree is still there", {at},
                {root_slot_, !own_mounts_});
}

void TreePlanner::after_pivot() {
  if (!own_mounts_)
    builder_.init(Op::pivot, "chroot into the root", "the caller's tree stays: the mount namespace is its own", {},
                  {2});
  else
    builder_.init(Op::pivot, bundle_.no_pivot ? "move the root over \"/\" and chroot into it" : "pivot_root into it",
                  bundle_.no_pivot
                      ? "asked for: a root on the initial ramfs cannot be pivoted away"
                      : "unlike chroot, the old root is unmounted: there is no way back to the host's files",
                  {}, {bundle_.no_pivot});
  const uint64_t propagation = propagation_flags(spec_.linux_.rootfs_propagation);
  if ((propagation & (MS_SHARED | MS_UNBINDABLE)) != 0)
    builder_.init(Op::root_propagation, cat("make the root ", spec_.linux_.rootfs_propagation),
                  "asked for, in linux.rootfsPropagation", {}, {static_cast<int64_t>(propagation)});
  for (const auto& [key, value] : spec_.linux_.sysctl) {
    builder_.init(Op::sysctl, cat("set sysctl ", key, " to ", value), "namespaced: the host's value stays",
                  {key, value});
  }
  for (const std::string& path : spec_.linux_.readonly_paths) {
    builder_.init(Op::read_only, cat("make ", path, " read-only"),
                  "these settings are the whole machine's, not the container's", {path});
  }
  std::set<std::string_view> masked;
  for (const std::string& path : spec_.linux_.masked_paths) {
    if (!masked.insert(path).second) continue;
    builder_.init(Op::mask, cat("hide ", path), "it tells or changes things of the host", {path});
  }
}

}  // namespace minidock::runtime
