#include "store/archive/whiteout.h"

#include "base/error.h"
#include "store/archive/path.h"

namespace minidock::store {

namespace {
constexpr std::string_view kPrefix = ".wh.";
constexpr std::string_view kAufsPrefix = ".wh..wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";

bool has_mark(std::string_view path) {
  return path.starts_with(kPrefix) || path.find("/.wh.") != std::string_view::npos;
}

// Whether a part of `path` is a name of aufs' other than the opaque mark.
bool has_aufs_part(std::string_view path) {
  for (; !path.empty(); path = parent_of(path)) {
    if (leaf_of(path).starts_with(kAufsPrefix) && leaf_of(path) != kOpaque) return true;
  }
  return false;
}
}  // namespace

Whiteout classify_whiteout(const Entry& entry) {
  const std::string_view path = entry.path;
  if (!has_mark(path)) return Whiteout::none;
  if (has_aufs_part(path)) return Whiteout::aufs;
  if (has_mark(parent_of(path))) throw_error(ErrorKind::invalid, "a whiteout mark (.wh.) is used as a directory");
  const std::string_view leaf = leaf_of(path);
  const std::string_view hidden = leaf.substr(kPrefix.size());
  if (hidden.empty() || hidden == "." || hidden == "..")
    throw_error(ErrorKind::invalid, "a whiteout mark that names nothing");
  if (entry.type != EntryType::file) throw_error(ErrorKind::invalid, "a whiteout mark (.wh.) must be a regular file");
  return leaf == kOpaque ? Whiteout::opaque : Whiteout::removes;
}

}  // namespace minidock::store
