#include "store/archive/tree_archive.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "store/archive/path.h"

namespace minidock::store {

namespace {

constexpr size_t kReadBytes = 256 << 10;
constexpr char kOpaqueXattr[] = "trusted.overlay.opaque";

std::string below(const std::string& prefix, const std::string& path) {
  if (prefix.empty()) return path;
  return path.empty() ? prefix : cat(prefix, "/", path);
}

bool is_whiteout(const struct stat& info) {
  return S_ISCHR(info.st_mode) && info.st_rdev == 0;
}

// What these say is not in the upper directory itself: such a layer would lack it.
void refuse_incomplete(const TreeItem& item) {
  for (const char* name : {"trusted.overlay.redirect", "trusted.overlay.metacopy"}) {
    if (!item.open || !find_xattr(item.open.get(), name)) continue;
    throw_error(ErrorKind::unsupported, shown(item.path), ": overlayfs keeps it elsewhere (", name,
                "); turn off the module's options redirect_dir and metacopy");
  }
}

}  // namespace

void TreeArchive::add_below(int directory, const std::string& prefix) {
  walk_items(directory, [&](TreeItem& item) { return add(item, below(prefix, item.path)); });
}

void TreeArchive::add_item(TreeItem& item, const std::string& name) {
  if (add(item, name) == Descend::yes && S_ISDIR(item.info.st_mode)) add_below(item.open.get(), name);
}

Descend TreeArchive::add(TreeItem& item, const std::string& path) {
  if (S_ISSOCK(item.info.st_mode)) return Descend::no;  // as docker, and as every tar
  if (options_.is_left_out && options_.is_left_out(item)) return Descend::no;
  Entry entry = entry_of(item);
  entry.path = path;
  if (options_.whole_seconds) entry.mtime = entry.mtime / kSecond * kSecond;
  if (options_.overlay_marks) {
    if (item.name.starts_with(".wh.")) {
      throw_error(ErrorKind::invalid, shown(path), ": a layer cannot hold a name that begins with .wh.; rename it");
    }
    if (is_whiteout(item.info)) {
      add_mark(below(std::string(parent_of(path)), ".wh." + item.name), entry);
      return Descend::no;
    }
    refuse_incomplete(item);
  }
  if (entry.type != EntryType::directory && item.info.st_nlink > 1) {
    const auto [first, is_new] = linked_.try_emplace({item.info.st_dev, item.info.st_ino}, path);
    if (!is_new) {
      entry.type = EntryType::hardlink;
      entry.target = first->second;
      entry.size = 0;
      entry.xattrs.clear();
    }
  }
  writer_.add(entry);
  if (entry.type == EntryType::file) add_data(item, entry.size);
  if (options_.overlay_marks && entry.type == EntryType::directory &&
      find_xattr(item.open.get(), kOpaqueXattr) == "y") {
    add_mark(path + "/.wh..wh..opq", entry);
  }
  return Descend::yes;
}

void TreeArchive::add_mark(const std::string& path, const Entry& like) {
  Entry mark;
  mark.path = path;
  mark.mtime = like.mtime;
  writer_.add(mark);
}

// race: the file may shrink or grow while it is read; the header has said what it holds.
void TreeArchive::add_data(const TreeItem& item, uint64_t size) {
  std::vector<char> buffer(std::min<uint64_t>(size, kReadBytes));
  while (size > 0) {
    size_t got = 0;
    try {
      got = read_some(item.open.get(), buffer.data(), std::min<uint64_t>(size, buffer.size()));
    } catch (const Error& error) {
      throw error.with_context(shown(item.path));
    }
    if (got == 0) break;
    writer_.write({buffer.data(), got});
    size -= got;
  }
  writer_.end_file();
}

}  // namespace minidock::store
