#include "linux/mount_keeper.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "linux/detached_mount.h"
#include "linux/resolve.h"
#include "linux/syscalls.h"

namespace minidock::linux {

namespace {

struct Source {
  Fd mount;
  bool is_directory = false;
};

Source open_source(const KeptMount& kept) {
  struct stat info;
  if (fstat(kept.source.get(), &info) != 0) throw_errno("stat ", kept.name);
  return {clone_mount(kept.source.get(), true, kept.read_only ? MOUNT_ATTR_RDONLY : 0), S_ISDIR(info.st_mode)};
}

// The missing parts of a place for a mount, by descriptors; what a link leads to is made in the root too.
Fd make_place(int root, const std::string& target, bool is_directory) {
  const size_t slash = target.rfind('/');
  const std::string parent = target.substr(0, slash);
  const std::string name = target.substr(slash + 1);
  Fd directory = find_in_root(root, parent, O_PATH | O_DIRECTORY);
  if (!directory && errno == ENOENT && !parent.empty()) directory = make_place(root, parent, true);
  if (!directory) throw_errno("open ", printable(parent));
  if (is_directory) {
    make_dir(directory.get(), name, 0755);
  } else {
    open_file(directory.get(), name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
  }
  return open_file(directory.get(), name, O_PATH | O_NOFOLLOW);
}

void attach(int root, const KeptMount& kept, const Source& source) {
  Fd place = find_in_root(root, kept.target, O_PATH);
  if (!place && errno == ENOENT) place = make_place(root, kept.target, source.is_directory);
  if (!place) throw_errno("open ", printable(kept.target));
  if (move_mount(source.mount.get(), "", place.get(), "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0) {
    throw_errno("mount ", printable(kept.name), " on ", printable(kept.target));
  }
}

[[noreturn]] void hold(int socket, int tree, const std::vector<KeptMount>& mounts) {
  std::vector<Source> sources;
  for (const KeptMount& kept : mounts) sources.push_back(open_source(kept));
  move_into(tree);
  {
    const Fd root = open_file(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
    for (size_t i = 0; i < mounts.size(); ++i) attach(root.get(), mounts[i], sources[i]);
    send_fd(socket, root.get());
  }
  sources.clear();
  for (;;) pause();
}

}  // namespace

MountKeeper MountKeeper::start(int root, const std::vector<KeptMount>& mounts) {
  MountKeeper keeper;
  keeper.child_ = Child::start([&](int socket) { hold(socket, root, mounts); }, keeper.socket_);
  receive_fd(keeper.socket_.get());
  return keeper;
}

}  // namespace minidock::linux
