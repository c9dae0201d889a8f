// A store in a directory of its own, gone with the object.
#pragma once

#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include <string>

#include "base/error.h"
#include "base/file.h"
#include "store/store.h"

namespace minidock::store {

class TemporaryStore {
 public:
  // On a tmpfs unless told otherwise: most tests are about names and rows, not about the disk.
  // `driver`: see Location. What a new store gets by itself is for other tests.
  explicit TemporaryStore(const std::string& parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp",
                          const std::string& driver = "overlay") {
    top_ = parent + "/minidock-store-test-XXXXXX";
    if (mkdtemp(top_.data()) == nullptr) throw_errno("make ", top_);
    location_ = {top_ + "/root", top_ + "/run", driver};
  }
  TemporaryStore(const TemporaryStore&) = delete;
  TemporaryStore& operator=(const TemporaryStore&) = delete;
  ~TemporaryStore() {
    for (const std::string& mount : image_mounts()) umount2(mount.c_str(), MNT_DETACH);
    discard_tree(AT_FDCWD, top_);
  }

  const std::string& top() const { return top_; }
  const Location& location() const { return location_; }
  std::string root(const std::string& path) const { return location_.root + "/" + path; }
  std::string run_root(const std::string& path) const { return location_.run_root + "/" + path; }
  Store open() const { return Store::open(location_); }

  // Places of the erofs driver's images, mounted or not.
  std::vector<std::string> image_mounts() const {
    std::vector<std::string> places;
    if (!exists_at(AT_FDCWD, run_root("images"))) return places;
    for (const std::string& name : list_dir(AT_FDCWD, run_root("images"))) places.push_back(run_root("images/" + name));
    return places;
  }

  // "KIND OBJECT: DETAIL" a line: the whole of what check() says, for a failure's message. "" when all is well.
  std::string complaints(bool deep = false) const {
    Store store = open();
    std::string text;
    for (const Problem& problem : store.check({.deep = deep}))
      text += cat(problem.kind, " ", problem.object, ": ", problem.detail, "\n");
    return text;
  }
  // What the store's own working directories hold: "" when nothing is under way and nothing is left.
  std::string leftovers() const {
    std::string text;
    for (const char* directory : {"tmp", "containers"}) {
      for (const std::string& name : list_dir(AT_FDCWD, root(directory))) text += cat(directory, "/", name, "\n");
    }
    for (const std::string& name : list_dir(AT_FDCWD, run_root("containers")))
      text += cat("run/containers/", name, "\n");
    return text;
  }

 private:
  std::string top_;
  Location location_;
};

}  // namespace minidock::store
