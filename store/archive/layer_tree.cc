#include "store/archive/layer_tree.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include <deque>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/resolve.h"
#include "store/archive/attributes.h"
#include "store/archive/path.h"

namespace minidock::store {

namespace {

constexpr int kLinks = 40;  // kernel: MAXSYMLINKS

std::string read_link(int fd) {  // of an O_PATH descriptor of the link itself
  char target[PATH_MAX];
  const ssize_t size = readlinkat(fd, "", target, sizeof target);
  if (size < 0) throw_errno("read link");
  return {target, static_cast<size_t>(size)};
}

struct stat stat_fd(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) throw_errno("stat");
  return info;
}

void push_front_parts(std::deque<std::string>& parts, std::string_view path) {
  const std::vector<std::string> more = split(path, '/');
  parts.insert(parts.begin(), more.begin(), more.end());
}

// One name in `directory`, whatever it is, itself: an empty Fd where there is nothing.
Fd open_step(int directory, const std::string& name) {
  std::optional<Fd> fd = find_file(directory, name, O_PATH | O_NOFOLLOW);
  return fd ? std::move(*fd) : Fd();
}

}  // namespace

// Walks as the kernel would, link by link, but makes the directory where the kernel says that there is none. By
// descriptors, not by text: behind links a place may lie deeper than any path can say.
Fd LayerTree::make_parents(const std::string& path, Nanoseconds mtime) {
  std::deque<std::string> parts;
  push_front_parts(parts, path);
  Fd here = open_root();
  int links = 0;
  while (!parts.empty()) {
    const std::string part = std::move(parts.front());
    parts.pop_front();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      here = open_parent(std::move(here));
      continue;
    }
    Fd next = open_step(here.get(), part);
    if (!next) {
      make_implicit(here.get(), part, mtime);
      next = open_step(here.get(), part);
    }
    const struct stat info = stat_fd(next.get());
    if (S_ISDIR(info.st_mode)) {
      here = std::move(next);
    } else if (S_ISLNK(info.st_mode)) {
      if (++links > kLinks) throw_errno_message(ELOOP, cat("open directory ", shown(path)));
      const std::string target = read_link(next.get());
      if (target.starts_with('/')) here = open_root();
      push_front_parts(parts, target);
    } else {
      throw_errno_message(ENOTDIR, cat("open directory ", shown(path)));
    }
  }
  return here;
}

Fd LayerTree::open_root() const {
  return open_file(root_, ".", O_PATH | O_DIRECTORY);
}

// ".." of the root is the root, in the jail by the kernel's law and here by ours.
Fd LayerTree::open_parent(Fd directory) const {
  const struct stat info = stat_fd(directory.get());
  const struct stat root = stat_fd(root_);
  if (info.st_dev == root.st_dev && info.st_ino == root.st_ino) return directory;
  return open_file(directory.get(), "..", O_PATH | O_DIRECTORY);
}

// A directory that no entry described is root's, 0755, and as old as the entry that needed it: the same tar
// makes the same tree at any time.
void LayerTree::make_implicit(int parent, const std::string& name, Nanoseconds mtime) {
  make_dir(parent, name, 0755);
  const Fd made = open_file(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (fchown(made.get(), 0, 0) != 0) throw_errno("change owner");
  if (fchmod(made.get(), 0755) != 0) throw_errno("change mode");
  late_[stat_fd(made.get()).st_ino] = {mtime, {}};
}

LayerTree::Spot LayerTree::locate(const Entry& entry) {
  const std::string parent(parent_of(entry.path));
  if (cached_path_ != parent) {
    cached_path_.reset();
    cached_ = linux::find_in_root(root_, parent, O_PATH | O_DIRECTORY);
    if (!cached_ && errno == ENOENT) cached_ = make_parents(parent, entry.mtime);
    if (!cached_) throw_errno("open directory ", shown(parent));
    cached_path_ = parent;
  }
  return {cached_.get(), std::string(leaf_of(entry.path))};
}

// New names cannot change how old ones resolve, but what is removed may be a link on the way to the cached
// directory. Its descriptor stays open: the caller is about to use it.
void LayerTree::clear(const Spot& spot) {
  cached_path_.reset();
  discard_tree(spot.directory, spot.name);
}

// Calls `make`, which must fail with EEXIST where the name is taken, and once more with the name cleared.
template <typename Make>
int LayerTree::replace(const Spot& spot, std::string_view what, Make make) {
  int result = make(spot.directory, spot.name.c_str());
  if (result < 0 && errno == EEXIST) {
    clear(spot);
    result = make(spot.directory, spot.name.c_str());
  }
  if (result < 0) throw_errno(what);
  return result;
}

std::optional<mode_t> LayerTree::find_mode(const Entry& entry) {
  const Spot spot = locate(entry);
  struct stat info;
  if (fstatat(spot.directory, spot.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) return info.st_mode;
  if (errno != ENOENT) throw_errno("stat");
  return std::nullopt;
}

void LayerTree::make_directory(const Entry& entry) {
  const Spot spot = locate(entry);
  struct stat info;
  if (mkdirat(spot.directory, spot.name.c_str(), 0700) != 0) {
    if (errno != EEXIST) throw_errno("create directory");
    if (fstatat(spot.directory, spot.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) throw_errno("stat");
    if (!S_ISDIR(info.st_mode)) {
      replace(spot, "create directory", [](int directory, const char* name) { return mkdirat(directory, name, 0700); });
    }
  }
  Fd made = open_file(spot.directory, spot.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  set_directory_attributes(made.get(), entry);
  if (fstat(made.get(), &info) != 0) throw_errno("stat");
  late_[info.st_ino] = {entry.mtime, find_default_acl(entry)};
  cached_path_ = entry.path;
  cached_ = std::move(made);
}

void LayerTree::make(const Entry& entry) {
  switch (entry.type) {
    case EntryType::file:
      throw_error(ErrorKind::internal, "a file is made by create_file()");
    case EntryType::directory:
      return make_directory(entry);
    case EntryType::symlink:
      return make_symlink(entry);
    case EntryType::hardlink:
      return make_hardlink(entry);
    case EntryType::fifo:
    case EntryType::character_device:
    case EntryType::block_device:
      return make_node(entry);
  }
}

void LayerTree::make_symlink(const Entry& entry) {
  const Spot spot = locate(entry);
  replace(spot, "create symbolic link",
          [&](int directory, const char* name) { return symlinkat(entry.target.c_str(), directory, name); });
  set_attributes_at(spot.directory, spot.name, entry);
}

// The target is a name in the layer: directories on the way to it may be links, itself it is taken as it is.
void LayerTree::make_hardlink(const Entry& entry) {
  const std::string what = cat("create hard link to ", shown(entry.target));
  const Fd source = linux::find_in_root(root_, std::string(parent_of(entry.target)), O_PATH | O_DIRECTORY);
  const std::string source_name(leaf_of(entry.target));
  struct stat info;
  if (!source || fstatat(source.get(), source_name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) throw_errno(what);
  if (S_ISDIR(info.st_mode)) throw_errno_message(EISDIR, what);
  const Spot spot = locate(entry);
  replace(spot, what, [&](int directory, const char* name) {
    return linkat(source.get(), source_name.c_str(), directory, name, 0);
  });
}

void LayerTree::make_node(const Entry& entry) {
  const Spot spot = locate(entry);
  const mode_t type = entry.type == EntryType::fifo               ? S_IFIFO
                      : entry.type == EntryType::character_device ? S_IFCHR
                                                                  : S_IFBLK;
  replace(spot, "create device node",
          [&](int directory, const char* name) { return mknodat(directory, name, type | 0600, entry.device); });
  set_attributes_at(spot.directory, spot.name, entry);
}

Fd LayerTree::create_file(const Entry& entry) {
  const Spot spot = locate(entry);
  const mode_t mode = entry.mode & 0777;
  return Fd(replace(spot, "create file", [mode](int directory, const char* name) {
    return openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  }));
}

}  // namespace minidock::store
