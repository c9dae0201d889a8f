#include "store/archive/pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

namespace minidock::store {

Pipe make_pipe() {
  constexpr int kPipeBytes = 1 << 20;  // kernel: the default of /proc/sys/fs/pipe-max-size
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw_errno("create pipe");
  fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);  // a smaller pipe is only slower
  return {Fd(ends[0]), Fd(ends[1])};
}

bool try_write(int pipe, std::string_view bytes) {
  try {
    write_all(pipe, bytes);
    return true;
  } catch (const Error& error) {
    if (error.error_number() == EPIPE) return false;
    throw;
  }
}

BlockedSigpipe::BlockedSigpipe() {
  sigemptyset(&sigpipe_);
  sigaddset(&sigpipe_, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
}

BlockedSigpipe::~BlockedSigpipe() {
  if (sigismember(&before_, SIGPIPE) == 1) return;
  const timespec now = {};
  while (sigtimedwait(&sigpipe_, nullptr, &now) >= 0) {
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace minidock::store
