// A pipe to a child that may die while it is written to.
#pragma once

#include <signal.h>

#include <string_view>

#include "base/fd.h"

namespace minidock::store {

struct Pipe {
  Fd read, write;
};

Pipe make_pipe();  // as large as it may be

// False if nobody reads any more. With SIGPIPE blocked, see below.
bool try_write(int pipe, std::string_view bytes);

// A write to a pipe whose reader has died raises SIGPIPE, which would end the whole program. A pipe has no
// MSG_NOSIGNAL, so the signal is blocked here, and one that was raised meanwhile is taken off again.
class BlockedSigpipe {
 public:
  BlockedSigpipe();
  ~BlockedSigpipe();
  BlockedSigpipe(const BlockedSigpipe&) = delete;
  BlockedSigpipe& operator=(const BlockedSigpipe&) = delete;

 private:
  sigset_t sigpipe_;
  sigset_t before_;
};

}  // namespace minidock::store
