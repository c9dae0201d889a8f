#include "linux/resolve.h"

#include "base/error.h"
#include "linux/syscalls.h"

namespace minidock::linux {

Fd find_in_root(int root, const std::string& path, int flags) {
  constexpr int kTries = 64;
  constexpr uint64_t kInside = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const char* name = path.empty() ? "." : path.c_str();
  for (int i = 0;; ++i) {
    Fd fd(openat2(root, name, static_cast<uint64_t>(flags | O_CLOEXEC), 0, kInside));
    // kernel: EAGAIN where a rename elsewhere raced with ".."; it passes.
    if (fd || (errno != EAGAIN && errno != EINTR) || i == kTries) return fd;
  }
}

Fd open_in_root(int root, const std::string& path, int flags) {
  Fd fd = find_in_root(root, path, flags);
  if (!fd) throw_errno(printable(path));
  return fd;
}

}  // namespace minidock::linux
