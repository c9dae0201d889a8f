#include "runtime/helper_process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>

#include "base/error.h"
#include "base/file.h"
#include "embedded/helper_image.h"

namespace minidock::runtime {

namespace {
#ifndef MFD_EXEC
constexpr unsigned MFD_EXEC = 0x10U;  // Linux 6.3
#endif

constexpr int kMostInherited = 8;

Fd make_memfd(const char* name, unsigned flags) {
  int fd = memfd_create(name, flags | MFD_CLOEXEC | MFD_ALLOW_SEALING);
  // kernel: before 6.3 MFD_EXEC is unknown, and every memfd may be executed.
  if (fd < 0 && errno == EINVAL) fd = memfd_create(name, (flags & ~MFD_EXEC) | MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) throw_errno("make a memory file for the helper");
  return Fd(fd);
}

// security: the helper runs from a copy that nobody can write, so a container that opens /proc/PID/exe of its
// own init reaches neither the installed program nor the next container's helper (CVE-2019-5736).
Fd make_helper() {
  Fd fd = make_memfd("minidock-helper", MFD_EXEC);
  write_all(fd.get(), embedded::helper_image());
  if (fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
    throw_errno("seal the helper");
  return fd;
}

// A copy above all numbers that the helper is given, so that dup2 to those never overwrites a source.
Fd lift(int fd, int above) {
  if (fd < 0) return Fd();
  const int copy = fcntl(fd, F_DUPFD_CLOEXEC, above);
  if (copy < 0) throw_errno("duplicate a descriptor for the helper");
  return Fd(copy);
}

// Runs in the vforked child, which shares our memory until exec: plain system calls only.
[[noreturn]] void execute_helper(int helper, char* const* argv, int first, const int* inherited, int count) {
  for (int i = 0; i < count; ++i) {
    const int target = first + i;
    if (inherited[i] < 0) {
      close(target);
    } else {
      dup2(inherited[i], target);  // clears close-on-exec
    }
  }
  static char* const envp[] = {nullptr};
  syscall(SYS_execveat, helper, "", argv, envp, AT_EMPTY_PATH);
  _exit(127);
}
}  // namespace

Fd make_memory_file(const char* name, std::string_view content) {
  Fd fd = make_memfd(name, 0);
  write_all(fd.get(), content);
  if (lseek(fd.get(), 0, SEEK_SET) != 0) throw_errno("rewind a memory file");
  return fd;
}

pid_t spawn_helper(HelperRole role, const HelperDescriptors& descriptors) {
  const int count = static_cast<int>(descriptors.inherited.size());
  if (count > kMostInherited) throw_error(ErrorKind::internal, "start the helper: too many descriptors");
  const int above = descriptors.first + kMostInherited;
  const Fd helper = lift(make_helper().get(), above);
  Fd raised[kMostInherited];
  int inherited[kMostInherited];
  for (int i = 0; i < count; ++i) {
    raised[i] = lift(descriptors.inherited[static_cast<size_t>(i)], above);
    inherited[i] = raised[i].get();
  }
  char name[] = "minidock-helper", starter[] = "minidock-starter", first[16];
  snprintf(first, sizeof first, "%d", descriptors.first);
  char* const argv[] = {role == HelperRole::starter ? starter : name, first, nullptr};
  const pid_t pid = vfork();
  if (pid < 0) throw_errno("start the helper");
  if (pid == 0) execute_helper(helper.get(), argv, descriptors.first, inherited, count);
  return pid;
}

}  // namespace minidock::runtime
