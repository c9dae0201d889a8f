#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/file.h"
#include "linux/syscalls.h"
#include "store/archive/layer_index.h"
#include "store/check.h"
#include "store/draft_directory.h"
#include "store/image_files.h"
#include "store/rebuild.h"
#include "store/tree.h"

namespace minidock::store {

namespace {
Fd open_entry(int root, const std::string& path, int flags) {
  constexpr uint64_t kResolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  return Fd(linux::openat2(root, path.c_str(), static_cast<uint64_t>(flags) | O_NOFOLLOW | O_CLOEXEC, 0, kResolve));
}

std::string link_target(int fd) {
  char target[PATH_MAX];
  const ssize_t size = readlinkat(fd, "", target, sizeof target);
  return size < 0 ? std::string() : std::string(target, static_cast<size_t>(size));
}

// What is wrong with one entry, "" when nothing.
std::string compare(int root, const IndexEntry& entry) {
  const Fd fd = open_entry(root, entry.path, O_PATH);
  struct stat info;
  if (!fd || fstat(fd.get(), &info) != 0) return "missing";
  if ((info.st_mode & S_IFMT) != (entry.mode & S_IFMT)) return "of another type";
  if (!S_ISLNK(info.st_mode) && (info.st_mode & 07777) != (entry.mode & 07777)) return "its mode differs";
  if (info.st_uid != entry.uid || info.st_gid != entry.gid) return "its owner differs";
  if (S_ISLNK(info.st_mode)) return link_target(fd.get()) == entry.target ? "" : "its target differs";
  if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode))
    return info.st_rdev == entry.device ? "" : "its device number differs";
  if (!S_ISREG(info.st_mode)) return "";
  if (static_cast<uint64_t>(info.st_size) != entry.size) return "its size differs";
  const Fd content = open_entry(root, entry.path, O_RDONLY);
  if (!content) return "unreadable";
  return hash_file(content.get()) == entry.sha256 ? "" : "its content differs";
}

// The tree as the index is made of it, whatever the driver: nothing need be unpacked for that.
void compare_with_tar(Rooms& rooms, const std::string& diff_hex, std::vector<Problem>& problems) {
  DraftDirectory draft(rooms);
  const Fd part = draft.make_part("layer");
  try {
    rebuild_layer(rooms, diff_hex, LayerForm::tree, part.get());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::exhausted) throw;
    problems.push_back({"damaged blob", blob_path(diff_hex), error.what(), false});
    return;
  }
  const bool has_tree = layer_form(rooms.driver()) == LayerForm::tree;
  for (const char* name : {kTreeFile, kIndexFile}) {
    if (name == kTreeFile && !has_tree) continue;
    const std::string path = cat(layer_path(diff_hex), "/", name);
    if (has_same_content(part.get(), name, rooms.root(), path)) continue;
    problems.push_back({"damaged layer", path, "it does not say what the layer's tar says", false});
  }
}

}  // namespace

// What would be written now, against what is there; that the layers themselves are whole is check_layer_content()'s.
void check_image_content(Rooms& rooms, const ImageRow& image, std::vector<Problem>& problems) {
  const std::string path = image_file(image_chain(image));
  const std::optional<Fd> file = find_file(rooms.root(), path, O_RDONLY | O_NOFOLLOW);
  if (!file) return;  // made when it is needed
  const Fd again(memfd_create("image", MFD_CLOEXEC));
  if (!again) throw_errno("create a file in memory");
  try {
    write_image_file(rooms, image, again.get());
  } catch (const Error&) {
    return;  // a layer's damage
  }
  if (lseek(again.get(), 0, SEEK_SET) < 0) throw_errno("read image");
  if (hash_file(file->get()) != hash_file(again.get())) {
    problems.push_back({"damaged image", path, "it does not say what its layers say", false});
  }
}

void check_layer_content(Rooms& rooms, const std::string& diff_hex, std::vector<Problem>& problems) {
  {
    const Fd blob = open_file(rooms.root(), blob_path(diff_hex), O_RDONLY | O_NOFOLLOW);
    if (hash_file(blob.get()).hex() != diff_hex) {
      problems.push_back({"damaged blob", blob_path(diff_hex), "its SHA-256 differs", false});
      return;  // nothing can be compared with it
    }
  }
  compare_with_tar(rooms, diff_hex, problems);
  if (layer_form(rooms.driver()) == LayerForm::tree || !problems.empty()) return;
  const std::string diff = layer_path(diff_hex) + "/diff";
  const Fd root = open_dir(rooms.root(), diff);
  const Fd index = open_file(rooms.root(), cat(layer_path(diff_hex), "/", kIndexFile), O_RDONLY | O_NOFOLLOW);
  uint64_t listed = 0, present = 0;
  try {
    read_layer_index(index.get(), [&](const IndexEntry& entry) {
      ++listed;
      const std::string fault = compare(root.get(), entry);
      if (!fault.empty()) problems.push_back({"damaged layer", cat(diff, "/", printable(entry.path)), fault, false});
    });
  } catch (const Error& error) {
    problems.push_back({"damaged layer", cat(layer_path(diff_hex), "/", kIndexFile), error.what(), false});
    return;
  }
  walk_tree(rooms.root(), diff, [&](const struct stat&) { ++present; });
  if (present > listed) {
    problems.push_back(
        {"damaged layer", diff, cat("holds ", present - listed, " entries that the tar does not have"), false});
  }
}

}  // namespace minidock::store
