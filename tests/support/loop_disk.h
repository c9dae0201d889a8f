// A small ext4 of its own, in memory where there is a tmpfs: a disk that can be filled and cut off, and on which a sync
// waits for nobody else's data. For root.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "support/children.h"

namespace minidock {

// Runs a program and waits for it.
inline int run_program(std::vector<std::string> words) {
  return wait_for(start_child([&] {
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    execvp(argv[0], argv.data());
    _exit(127);
  }));
}

class LoopDisk {
 public:
  explicit LoopDisk(off_t bytes) {
    top_ = std::string(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/var/tmp") + "/minidock-disk-XXXXXX";
    if (mkdtemp(top_.data()) == nullptr) throw_errno("make ", top_);
    make_dir(AT_FDCWD, path(), 0700);
    const Fd disk = open_file(AT_FDCWD, image(), O_RDWR | O_CREAT, 0600);
    if (ftruncate(disk.get(), bytes) != 0) throw_errno("make ", image());
    if (run_program({"mkfs.ext4", "-q", "-m", "0", image()}) == 0) mount();
  }
  LoopDisk(const LoopDisk&) = delete;
  LoopDisk& operator=(const LoopDisk&) = delete;
  ~LoopDisk() {
    if (mounted_) unmount();
    discard_tree(AT_FDCWD, top_);
  }

  bool is_mounted() const { return mounted_; }  // false where there are no loop devices, or no mkfs.ext4
  std::string path() const { return top_ + "/disk"; }
  bool mount() { return mounted_ = run_program({"mount", "-o", "loop", image(), path()}) == 0; }
  bool unmount() { return run_program({"umount", "-d", path()}) == 0; }

 private:
  std::string image() const { return top_ + "/disk.img"; }
  std::string top_;
  bool mounted_ = false;
};

}  // namespace minidock
