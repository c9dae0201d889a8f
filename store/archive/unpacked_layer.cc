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

void UnpackedLayer::finish(const std::vector<std::string>& opaque) {
  LayerIndexWriter index(index_);
  finish_layer(root_, tree_.late_directories(), digests_, settle_opaque(opaque), limits_.path_bytes, index);
  for (const std::string& path : opaque) write_all(marks_, path + '\0');
}

}  // namespace minidock::store
