#include "store/archive/tree_archive.h"

#include <unistd.h>

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

// What of a file of that size is no hole. Of a file system that knows none, all of it.
std::vector<FilePiece> data_of(int fd, uint64_t size) {
  std::vector<FilePiece> pieces;
  for (off_t at = 0; static_cast<uint64_t>(at) < size;) {
    const off_t begin = ::lseek(fd, at, SEEK_DATA);
    if (begin < 0 && errno == ENXIO) break;  // nothing but a hole is left
    const off_t end = begin < 0 ? begin : ::lseek(fd, begin, SEEK_HOLE);
    if (end < 0) return {{0, size}};
    if (static_cast<uint64_t>(begin) >= size) break;
    pieces.push_back({static_cast<uint64_t>(begin), std::min<uint64_t>(end, size) - static_cast<uint64_t>(begin)});
    at = end;
  }
  return pieces;
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
  if (entry.type == EntryType::file) {
    add_file(item, entry);
  } else {
    writer_.add(entry);
  }
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

void TreeArchive::add_file(const TreeItem& item, const Entry& entry) {
  std::vector<FilePiece> pieces = {{0, entry.size}};
  const bool has_holes = static_cast<uint64_t>(item.info.st_blocks) * 512 < entry.size;
  if (has_holes && options_.keep_holes) pieces = data_of(item.open.get(), entry.size);
  if (pieces.size() == 1 && pieces[0].size == entry.size) {
    writer_.add(entry);
  } else {
    writer_.add_sparse(entry, pieces);
  }
  for (const FilePiece& piece : pieces) add_data(item, piece);
  writer_.end_file();
}

// race: the file may shrink or grow while it is read; the header has said what it holds.
void TreeArchive::add_data(const TreeItem& item, FilePiece piece) {
  if (::lseek(item.open.get(), static_cast<off_t>(piece.offset), SEEK_SET) < 0) throw_errno("seek ", shown(item.path));
  std::vector<char> buffer(std::min<uint64_t>(piece.size, kReadBytes));
  while (piece.size > 0) {
    size_t got = 0;
    try {
      got = read_some(item.open.get(), buffer.data(), std::min<uint64_t>(piece.size, buffer.size()));
    } catch (const Error& error) {
      throw error.with_context(shown(item.path));
    }
    if (got == 0) {  // it has shrunk: what follows keeps its place
      std::fill(buffer.begin(), buffer.end(), '\0');
      got = std::min<uint64_t>(piece.size, buffer.size());
    }
    writer_.write({buffer.data(), got});
    piece.size -= got;
  }
}

}  // namespace minidock::store
