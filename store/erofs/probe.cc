#include "store/erofs/probe.h"

#include <sched.h>
#include <sys/mount.h>

#include "base/error.h"
#include "base/file.h"
#include "linux/child.h"
#include "linux/detached_mount.h"
#include "linux/erofs_mount.h"
#include "store/erofs/writer.h"

namespace minidock::store::erofs {

namespace {

constexpr const char* kWords[] = {"one", "two"};  // of each device: a directory, the file in it, what is in that

Fd unnamed_file(int root) {
  return open_file(root, ".", O_RDWR | O_TMPFILE, 0600);
}

std::string fd_path(const Fd& fd) {
  return cat("/proc/self/fd/", fd.get());
}

// A directory for each device, so that overlayfs has two lowers.
Tree two_directories() {
  Tree tree;
  for (uint16_t layer = 0; layer < std::size(kWords); ++layer) {
    Inode directory;
    directory.mode = S_IFDIR | 0755;
    const NodeId parent = tree.put(tree.root(), kWords[layer], tree.add_inode(directory));
    Inode file;
    file.mode = S_IFREG | 0644;
    file.layer = layer;
    file.size = std::string_view(kWords[layer]).size();
    tree.put(parent, kWords[layer], tree.add_inode(file));
  }
  return tree;
}

// Situation: in a child of its own. A descriptor of a file that overlayfs shows.
Fd show(const Fd& image, const std::vector<std::string>& devices, const std::string& root_path) {
  // order: private first, or the host would see the mount.
  if (unshare(CLONE_NEWNS) != 0) throw_errno("unshare the mount namespace");
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) throw_errno("make mounts private");
  const Fd mount = linux::make_erofs(fd_path(image), devices, cat("an image in ", root_path));
  linux::attach_mount(mount.get(), root_path);
  linux::OverlayDirectories directories;
  for (const char* word : kWords) directories.lowers.push_back(cat(root_path, "/", word));
  const Fd overlay = linux::make_overlay(directories);
  Fd file;
  for (const char* word : kWords) {
    file = open_file(overlay.get(), word, O_RDONLY | O_NOFOLLOW);
    if (read_fd(file.get(), 64) != word) throw_error(ErrorKind::unsupported, "an image shows other bytes than it has");
  }
  return file;
}

}  // namespace

void probe(int root, const std::string& root_path) {
  std::vector<Fd> tars;
  std::vector<Device> devices;
  std::vector<std::string> paths;
  for (const char* word : kWords) {
    tars.push_back(unnamed_file(root));
    std::string block(word);
    block.resize(512, '\0');
    write_all(tars.back().get(), block);
    devices.push_back({word, block.size(), tars.back().get()});
    paths.push_back(fd_path(tars.back()));
  }
  const Fd image = unnamed_file(root);
  write_image(two_directories(), devices, {}, image.get());
  linux::fd_from_child([&] { return show(image, paths, root_path); });
}

}  // namespace minidock::store::erofs
