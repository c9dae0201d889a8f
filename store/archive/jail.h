// The jail of the unpacker: a forked child that keeps nothing of its parent but a pipe, a root and six
// capabilities.
//
// security: libarchive parses what strangers wrote. Whoever takes it over holds: the layer's directory as its whole
// file system (own mount namespace, pivot_root, the old root detached, no device nodes opened, nothing run); three
// pipes and files; CHOWN, DAC_OVERRIDE, FOWNER, FSETID, MKNOD, SETFCAP; an empty network namespace that it has no
// call to use; no_new_privs; a list of system calls about files; 256 MiB of address space; a bound on CPU time.
// Sources: mount_namespaces(7), pivot_root(2), capabilities(7), seccomp(2), proc(5).
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"

namespace minidock::store {

// A forked child with a function to run in the jail. Owns the process: the destructor kills and reaps it.
class JailedChild {
 public:
  struct Setup {
    int root = -1;             // borrowed: the directory that becomes "/"
    std::vector<int*> kept;    // borrowed descriptors that stay open, rewritten to their numbers in the child
    int mount_namespace = -1;  // borrowed: the one that root is in; -1 ours
    bool recursive = false;    // with what is mounted below root
  };
  // `body` runs in the child with its root open for reading; its result is the exit status. The caller must have no
  // other thread. `on_failure` runs instead when the jail cannot be entered.
  static JailedChild start(const Setup& setup, const std::function<int(int root)>& body,
                           const std::function<void(const std::exception&)>& on_failure);

  JailedChild(JailedChild&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  JailedChild& operator=(JailedChild&&) = delete;
  ~JailedChild();

  // Waits for the end. "" if it exited with 0, else how it ended: "killed by signal 9 (Killed)".
  std::string wait();

 private:
  explicit JailedChild(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

// The filter as bytes for seccomp(2): compiling allocates and takes milliseconds, so it is done before the fork.
std::string compile_jail_filter();

}  // namespace minidock::store
