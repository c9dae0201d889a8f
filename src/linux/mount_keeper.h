// A process that does nothing but hold a mount namespace with a root and mounts of its own: a stopped container as
// it would look if it ran. Everything goes with the process, and the process with us.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "linux/child.h"

namespace minidock::linux {

struct KeptMount {
  Fd source;           // O_PATH, of the host
  std::string name;    // of it, for messages
  std::string target;  // absolute, in the root; made where it is missing, links resolved inside the root
  bool read_only = false;
};

class MountKeeper {
 public:
  // `root` is a detached mount (borrowed). The mounts are made in the order given. Throws.
  static MountKeeper start(int root, const std::vector<KeptMount>& mounts);
  pid_t pid() const { return child_.pid(); }

 private:
  Child child_;
  Fd socket_;
};

}  // namespace minidock::linux
