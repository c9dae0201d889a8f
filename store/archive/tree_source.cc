#include "store/archive/tree_source.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/xattr.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "store/archive/path.h"

namespace minidock::store {

namespace {

constexpr size_t kDepth = 1024;

// A descriptor a level: the soft limit of a shell, 1024, is too few for the deepest tree.
class MoreDescriptors {
 public:
  MoreDescriptors() {
    if (getrlimit(RLIMIT_NOFILE, &before_) != 0) return;
    rlimit more = before_;
    more.rlim_cur = std::min<rlim_t>(before_.rlim_max, kDepth + 512);
    if (more.rlim_cur > before_.rlim_cur) setrlimit(RLIMIT_NOFILE, &more);
  }
  ~MoreDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  MoreDescriptors(const MoreDescriptors&) = delete;
  MoreDescriptors& operator=(const MoreDescriptors&) = delete;

 private:
  rlimit before_ = {};
};

struct Level {
  Fd directory;
  std::string path;
  std::vector<std::string> names;
  size_t next = 0;
};

std::string link_target(int pin) {
  char target[PATH_MAX];
  const ssize_t size = readlinkat(pin, "", target, sizeof target);
  if (size < 0) throw_errno("read link");
  return {target, static_cast<size_t>(size)};
}

std::vector<Xattr> kept_xattrs(int fd) {
  std::string names(64 << 10, '\0');
  const ssize_t size = flistxattr(fd, names.data(), names.size());
  if (size < 0 && (errno == EOPNOTSUPP || errno == EPERM)) return {};
  if (size < 0) throw_errno("list extended attributes");
  names.resize(static_cast<size_t>(size));
  std::vector<Xattr> xattrs;
  for (const std::string& name : split(names, '\0')) {
    if (!is_kept_xattr(name)) continue;
    if (auto value = find_xattr(fd, name)) xattrs.push_back({name, std::move(*value)});
  }
  // The kernel lists them in the order in which they were set.
  std::sort(xattrs.begin(), xattrs.end(), [](const Xattr& a, const Xattr& b) { return a.name < b.name; });
  return xattrs;
}

}  // namespace

std::optional<TreeItem> find_item(int directory, const std::string& name) {
  std::optional<Fd> pin = find_file(directory, name, O_PATH | O_NOFOLLOW);
  if (!pin) return std::nullopt;
  return pinned_item(std::move(*pin), name);
}

TreeItem pinned_item(Fd pin, const std::string& name) {
  TreeItem item;
  item.path = item.name = name;
  item.pin = std::move(pin);
  if (fstat(item.pin.get(), &item.info) != 0) throw_errno("stat ", shown(name));
  // kernel: openat() of "." reopens the very directory; a file is reopened by its descriptor's name. A fifo or a device
  // put there meanwhile is never opened: that would block, or do what the device does.
  if (S_ISDIR(item.info.st_mode)) item.open = open_dir(item.pin.get(), ".");
  if (S_ISREG(item.info.st_mode)) item.open = open_file(AT_FDCWD, cat("/proc/self/fd/", item.pin.get()), O_RDONLY);
  return item;
}

std::optional<std::string> find_xattr(int fd, const std::string& name) {
  std::string value(64 << 10, '\0');
  const ssize_t size = fgetxattr(fd, name.c_str(), value.data(), value.size());
  if (size < 0 && (errno == ENODATA || errno == EOPNOTSUPP || errno == EPERM)) return std::nullopt;
  if (size < 0) throw_errno("read extended attribute ", printable(name));
  value.resize(static_cast<size_t>(size));
  return value;
}

Entry entry_of(const TreeItem& item) {
  const struct stat& info = item.info;
  Entry entry;
  entry.path = item.path;
  entry.mode = info.st_mode & 07777;
  entry.uid = info.st_uid;
  entry.gid = info.st_gid;
  entry.mtime = info.st_mtim.tv_sec * kSecond + info.st_mtim.tv_nsec;
  switch (info.st_mode & S_IFMT) {
    case S_IFDIR:
      entry.type = EntryType::directory;
      break;
    case S_IFLNK:
      entry.type = EntryType::symlink;
      entry.target = link_target(item.pin.get());
      break;
    case S_IFIFO:
      entry.type = EntryType::fifo;
      break;
    case S_IFCHR:
      entry.type = EntryType::character_device;
      entry.device = info.st_rdev;
      break;
    case S_IFBLK:
      entry.type = EntryType::block_device;
      entry.device = info.st_rdev;
      break;
    default:
      entry.type = EntryType::file;
      entry.size = static_cast<uint64_t>(info.st_size);
  }
  if (item.open) entry.xattrs = kept_xattrs(item.open.get());
  return entry;
}

void walk_items(int directory, const std::function<Descend(TreeItem&)>& visit) {
  const MoreDescriptors more;
  std::vector<Level> levels;
  levels.push_back({open_dir(directory, "."), "", list_dir(directory), 0});
  while (!levels.empty()) {
    Level& level = levels.back();
    if (level.next == level.names.size()) {
      levels.pop_back();
      continue;
    }
    const std::string& name = level.names[level.next++];
    std::optional<TreeItem> item = find_item(level.directory.get(), name);
    if (!item) continue;  // race: removed since the directory was read
    if (!level.path.empty()) item->path = cat(level.path, "/", name);
    if (visit(*item) == Descend::no || !S_ISDIR(item->info.st_mode)) continue;
    if (levels.size() == kDepth) {
      throw_error(ErrorKind::exhausted, "read ", shown(item->path), ": more than ", kDepth,
                  " directories in one another");
    }
    std::vector<std::string> names = list_dir(item->open.get());
    levels.push_back({std::move(item->open), std::move(item->path), std::move(names), 0});
  }
}

}  // namespace minidock::store
