#include "engine/volume_mounts.h"

#include <netdb.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/leftovers.h"
#include "engine/volume_options.h"
#include "engine/waiting.h"
#include "linux/detached_mount.h"
#include "linux/ip_address.h"
#include "linux/mount_context.h"
#include "runtime/mount_options.h"

namespace minidock::engine {

namespace {

std::string lock_directory(const store::Store& store) {
  return store.location().run_root + "/volumes";
}

std::string lock_path(const store::Store& store, const std::string& name) {
  return cat(lock_directory(store), "/", name);
}

bool try_flock(int fd, int operation) {
  while (::flock(fd, operation) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) throw_errno("lock a volume");
  }
  return true;
}

// race: who takes a mount away removes the file, too. One that has gone, or is another by now, is worth nothing.
Fd find_lock(const std::string& path, int operation) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd || !try_flock(fd.get(), operation)) return Fd();
  const Fd now(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return now && is_same_file(fd.get(), now.get()) ? std::move(fd) : Fd();
}

Fd make_lock(const store::Store& store, const std::string& name, int operation) {
  ensure_dirs(lock_directory(store), 0700);
  const std::string path = lock_path(store, name);
  for (;;) {
    open_file(AT_FDCWD, path, O_RDONLY | O_CREAT | O_NOFOLLOW, 0600);
    if (Fd lock = find_lock(path, operation)) return lock;
  }
}

// The network file systems of the kernel take addresses; mount.nfs(8) would look the name up.
std::string resolved_word(const std::string& word) {
  constexpr std::string_view kKey = "addr=";
  if (!word.starts_with(kKey) || linux::parse_ip(word.substr(kKey.size()))) return word;
  const std::string host = word.substr(kKey.size());
  addrinfo* found = nullptr;
  if (const int failure = ::getaddrinfo(host.c_str(), nullptr, nullptr, &found); failure != 0) {
    throw_error(ErrorKind::not_found, "error resolving passed in network volume address ", printable(host), ": ",
                gai_strerror(failure));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  char text[NI_MAXHOST];
  if (::getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
    throw_error(ErrorKind::not_found, "error resolving passed in network volume address ", printable(host));
  return cat(kKey, std::string_view(text));
}

Fd bind_device(const std::string& device, const runtime::MountOptions& options) {
  const Fd source = open_file(AT_FDCWD, device, O_PATH | O_DIRECTORY);
  return linux::clone_mount(source.get(), options.recursive_bind, options.mount.set | options.recursive.set);
}

Fd make_file_system(const std::string& type, const std::string& device, const runtime::MountOptions& options) {
  const linux::MountContext context(type);
  context.set("source", device);
  for (const std::string& word : options.data) {
    context.set_word(type.starts_with("nfs") || type == "cifs" ? resolved_word(word) : word);
  }
  // Two mounts of one device share what is said of the whole: one that was never writable takes a read-only device.
  if ((options.mount.set & MOUNT_ATTR_RDONLY) != 0) context.set_word("ro");
  context.create();
  return context.mount(options.mount.set | options.recursive.set);
}

void mount_volume(const store::Store& store, const std::string& name, const VolumeOptions& given) {
  const auto value = [&given](const char* key) {
    const auto found = given.find(key);
    return found == given.end() ? std::string() : found->second;
  };
  const std::string device = value("device"), place = store.volume_directory(name);
  try {
    const runtime::MountOptions options = runtime::parse_mount_options(split(value("o"), ','));
    const Fd mount = options.bind ? bind_device(device, options) : make_file_system(value("type"), device, options);
    linux::attach_mount(mount.get(), place);
  } catch (const Error& error) {
    throw error.with_context(cat("error while mounting volume '", printable(name),
                                 "': failed to mount local volume: mount ", printable(device), ":", place));
  }
}

bool uses_volume(const ContainerConfig& config, const std::string& name) {
  return std::any_of(config.mounts.begin(), config.mounts.end(),
                     [&](const MountOption& mount) { return mount.type == "volume" && mount.source == name; });
}

// A container that runs, or that some command is about to start or looks into: its lock is held.
bool is_in_use(store::Store& store, const std::string& name) {
  for (const std::string& id : volume_users(store, name)) {
    if (is_locked(store.run_directory(id))) return true;
  }
  return false;
}

// Under the lock. False while a process is in it.
bool take_away(const store::Store& store, const std::string& name) {
  const std::string place = store.volume_directory(name);
  if (exists_at(AT_FDCWD, place) && linux::is_mount_point(place) && !linux::try_unmount(place, false)) return false;
  discard_file(AT_FDCWD, lock_path(store, name));
  return true;
}

}  // namespace

VolumeHolds hold_volume(store::Store& store, const std::string& name) {
  VolumeHolds holds;
  const VolumeOptions options = parse_volume_options(store.volume_options(name));
  if (options.empty()) return holds;
  for (;;) {
    Fd shared = make_lock(store, name, LOCK_SH);
    if (linux::is_mount_point(store.volume_directory(name))) {
      holds.push_back(std::move(shared));
      return holds;
    }
    shared = Fd();
    const Fd alone = make_lock(store, name, LOCK_EX);
    if (!linux::is_mount_point(store.volume_directory(name))) mount_volume(store, name, options);
  }
}

VolumeHolds hold_volumes(store::Store& store, const ContainerConfig& config) {
  VolumeHolds holds;
  for (const MountOption& mount : config.mounts) {
    if (mount.type != "volume" || mount.source.empty()) continue;
    for (Fd& hold : hold_volume(store, mount.source)) holds.push_back(std::move(hold));
  }
  return holds;
}

std::vector<std::string> volume_users(store::Store& store, const std::string& name) {
  std::vector<std::string> users;
  for (const store::ContainerRow& row : store.list_containers()) {
    if (uses_volume(parse_container_config(row.config_json), name)) users.push_back(row.id);
  }
  return users;
}

void unmount_volume(store::Store& store, const std::string& name) {
  if (!exists_at(AT_FDCWD, lock_path(store, name))) return;
  const Fd lock = find_lock(lock_path(store, name), LOCK_EX | LOCK_NB);
  if (lock && !is_in_use(store, name) && take_away(store, name)) return;
  throw_error(ErrorKind::in_use, "volume is in use: a process is in ", store.volume_directory(name));
}

void discard_idle_volume_mounts(store::Store& store) {
  if (!exists_at(AT_FDCWD, lock_directory(store))) return;
  for (const std::string& name : list_dir(AT_FDCWD, lock_directory(store))) {
    try_call([&] {
      const Fd lock = find_lock(lock_path(store, name), LOCK_EX | LOCK_NB);
      if (lock && !is_in_use(store, name)) take_away(store, name);
    });
  }
}

}  // namespace minidock::engine
