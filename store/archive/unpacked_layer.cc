#include "store/archive/unpacked_layer.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/syscalls.h"
#include "store/archive/attributes.h"
#include "store/archive/file_data.h"
#include "store/archive/path.h"

namespace minidock::store {

bool UnpackedLayer::make_file(const Entry& entry, TarReader& reader) {
  const Fd file = tree_.create_file(entry);
  if (entry.size > 0) {
    oci::Hasher hasher;
    copy_data(reader, entry, file.get(), &hasher);
    struct stat info;
    if (fstat(file.get(), &info) != 0) throw_errno("stat");
    digests_[info.st_ino] = hasher.finish();
  }
  return set_file_attributes(file.get(), entry);
}

// kernel: a whiteout hides nothing in an opaque directory, and overlayfs, which looks no further there, would list it.
OpaqueDirectories UnpackedLayer::settle_opaque(const std::vector<std::string>& paths) const {
  constexpr uint64_t kInside = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  OpaqueDirectories opaque;
  for (const std::string& path : paths) {
    const Fd directory(linux::openat2(root_, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, kInside));
    struct stat info;
    if (!directory || fstat(directory.get(), &info) != 0) throw_errno("mark directory ", shown(path), " opaque");
    opaque.insert(info.st_ino);
    for (const std::string& name : list_dir(directory.get())) {
      if (fstatat(directory.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) throw_errno("stat ", shown(name));
      if (S_ISCHR(info.st_mode) && info.st_rdev == 0) remove_file(directory.get(), name);
    }
  }
  return opaque;
}

// Makes the mark where the layer has nothing of that name.
bool UnpackedLayer::is_directory_of_layer(const LayerMarks::Removal& removal) {
  const Entry mark = removal.entry();
  try {
    const std::optional<mode_t> there = tree_.find_mode(mark);
    if (!there) tree_.make(mark);
    return there && S_ISDIR(*there);
  } catch (const Error& error) {
    if (!is_no_directory(error.error_number())) throw error.with_context(cat("entry ", shown(removal.path)));
    return false;
  }
}

void UnpackedLayer::finish(const LayerMarks& marks) {
  std::vector<std::string> opaque = marks.opaque;
  for (const LayerMarks::Removal& removal : marks.removed) {
    if (is_directory_of_layer(removal)) opaque.push_back(removal.path);
  }
  LayerIndexWriter index(index_);
  const std::vector<std::string> hiding =
      finish_layer(root_, tree_.late_directories(), digests_, settle_opaque(opaque), limits_.path_bytes, index);
  for (const std::string& path : opaque) write_all(marks_, kOpaqueMark + path + '\0');
  for (const std::string& path : hiding) write_all(marks_, kHidingMark + path + '\0');
}

}  // namespace minidock::store
