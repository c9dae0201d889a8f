// Forked children of this program: what enters another namespace does it there. The caller has one thread.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"

namespace minidock::linux {

// Kills the process when its parent dies. Call it first in the child; `parent` is what getpid() gave before the fork.
void die_with_parent(pid_t parent);

// Owns a child: the destructor kills and reaps it.
class Child {
 public:
  Child() = default;
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child& operator=(Child&& other) noexcept {
    std::swap(pid_, other.pid_);
    return *this;
  }
  ~Child();

  // `body` runs in the child, which dies with us. It gets a socket whose other end is returned in `socket`; the child
  // ends with it, by _exit(): destructors of the caller's objects are the parent's.
  static Child start(const std::function<void(int socket)>& body, Fd& socket);

  pid_t pid() const { return pid_; }

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  pid_t pid_ = -1;
};

// What `make` opens in a child of its own, here. An Error that it throws is thrown here.
Fd fd_from_child(const std::function<Fd()>& make);

// In a child: all descriptors but these and the standard ones. Either may be -1.
void close_all_but(int one, int other);

// `program` with these words, argv[0] first: in a session of its own, without our input and output, and not waited for.
void start_detached(const std::string& program, const std::vector<std::string>& words);

// One end of a socket pair: a descriptor, or an Error in its place.
void send_fd(int socket, int fd);
void send_error(int socket, const std::exception& error);
Fd receive_fd(int socket);  // throws what was sent

}  // namespace minidock::linux
