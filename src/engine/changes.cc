#include "engine/changes.h"

#include <fcntl.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/syscalls.h"
#include "store/archive/path.h"
#include "store/archive/tree_source.h"

namespace minidock::engine {

namespace {

using store::TreeItem;

bool is_removal(const struct stat& info) {
  return S_ISCHR(info.st_mode) && info.st_rdev == 0;
}

bool same_xattrs(const store::Entry& a, const store::Entry& b) {
  return std::equal(
      a.xattrs.begin(), a.xattrs.end(), b.xattrs.begin(), b.xattrs.end(),
      [](const store::Xattr& x, const store::Xattr& y) { return x.name == y.name && x.value == y.value; });
}

bool differs(const TreeItem& item, const TreeItem& old) {
  const struct stat& a = item.info;
  const struct stat& b = old.info;
  if (a.st_mode != b.st_mode || a.st_uid != b.st_uid || a.st_gid != b.st_gid || a.st_rdev != b.st_rdev) return true;
  const bool same_time = a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
  if (!S_ISDIR(a.st_mode) && (a.st_size != b.st_size || !same_time)) return true;
  return !same_xattrs(entry_of(item), entry_of(old));
}

class Comparison {
 public:
  Comparison(int upper, int old) : upper_(upper), old_(old) {}

  Changes run() {
    store::walk_items(upper_, [this](TreeItem& item) { return compare(item); });
    return std::move(changes_);
  }

 private:
  // The image's thing of that very path: directories above it must be directories there too.
  std::optional<TreeItem> find_old(const TreeItem& item) const {
    constexpr uint64_t kInside = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    Fd pin(linux::openat2(old_, item.path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC, 0, kInside));
    if (!pin && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) return std::nullopt;
    if (!pin) throw_errno("open ", printable(item.path), " of the image");
    TreeItem old = store::pinned_item(std::move(pin), item.name);
    if (is_removal(old.info)) return std::nullopt;  // an image of one layer is shown as it lies there, marks and all
    return old;
  }

  store::Descend compare(TreeItem& item) {
    const std::optional<TreeItem> old = find_old(item);
    if (is_removal(item.info)) {
      if (old) changes_[item.path] = ChangeKind::deleted;
      return store::Descend::no;
    }
    if (!old) {
      changes_[item.path] = ChangeKind::added;
    } else if (differs(item, *old)) {
      changes_[item.path] = ChangeKind::changed;
    }
    if (old && S_ISDIR(item.info.st_mode) && S_ISDIR(old->info.st_mode) &&
        store::find_xattr(item.open.get(), "trusted.overlay.opaque") == "y") {
      add_hidden(item, *old);
    }
    return store::Descend::yes;
  }

  // kernel: an opaque directory has been removed and made anew.
  void add_hidden(const TreeItem& item, const TreeItem& old) {
    const std::vector<std::string> names = list_dir(item.open.get());
    for (const std::string& name : list_dir(old.open.get())) {
      struct stat info;
      if (std::binary_search(names.begin(), names.end(), name)) continue;
      if (fstatat(old.open.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0 || is_removal(info)) continue;
      changes_[cat(item.path, "/", name)] = ChangeKind::deleted;
    }
  }

  int upper_, old_;
  Changes changes_;
};

bool has_below(const Changes& changes, const std::string& path) {
  const auto next = changes.upper_bound(path + "/");
  return next != changes.end() && next->first.starts_with(path + "/");
}

bool is_empty_place(int upper, const std::string& path) {
  struct stat info;
  if (fstatat(upper, path.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return false;
  return S_ISDIR(info.st_mode) || (S_ISREG(info.st_mode) && info.st_size == 0);
}

// A place made for a mount, then the directories made for that place.
void leave_out_place(Changes& changes, int upper, std::string path) {
  while (!path.empty()) {
    const auto found = changes.find(path);
    if (found == changes.end() || found->second != ChangeKind::added) return;
    if (has_below(changes, path) || !is_empty_place(upper, path)) return;
    changes.erase(found);
    path = store::parent_of(path);
  }
}

void add_parents(Changes& changes) {
  std::vector<std::string> parents;
  for (const auto& [path, kind] : changes) {
    for (std::string_view above = store::parent_of(path); !above.empty(); above = store::parent_of(above)) {
      parents.emplace_back(above);
    }
  }
  for (std::string& parent : parents) changes.try_emplace(std::move(parent), ChangeKind::changed);
}

}  // namespace

Changes read_changes(int upper, int old, const std::vector<std::string>& mount_points) {
  Changes changes = Comparison(upper, old).run();
  std::vector<std::string> places = mount_points;
  std::sort(places.rbegin(), places.rend());  // a place within another comes first
  for (const std::string& place : places) leave_out_place(changes, upper, place.substr(1));
  add_parents(changes);
  return changes;
}

}  // namespace minidock::engine
