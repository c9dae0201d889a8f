#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "monitor/helper/monitor.h"
#include "runtime/fixed_text.h"
#include "runtime/init/paths.h"

namespace minidock::monitor {

using runtime::FixedText;

int64_t wall_clock() {
  timespec time = {};
  clock_gettime(CLOCK_REALTIME, &time);
  return static_cast<int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

uint64_t process_start_time(pid_t pid) {
  FixedText<32> path;
  path << "/proc/" << static_cast<int64_t>(pid) << "/stat";
  char text[1024];
  if (runtime::init::read_small(AT_FDCWD, path.c_str(), text, sizeof text) <= 0) return 0;
  const char* at = strrchr(text, ')');  // the name before it may hold anything
  for (int field = 2; at != nullptr && field < 22; ++field) at = strchr(at + 1, ' ');
  return at == nullptr ? 0 : strtoull(at + 1, nullptr, 10);
}

namespace {
// Written to PATH.new, then renamed: a reader sees all of it or nothing.
int write_record(const char* path, const char* text, size_t size, bool durable) {
  FixedText<4096> draft;
  draft << path << ".new";
  const Fd fd(open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd || write(fd.get(), text, size) != static_cast<ssize_t>(size)) return errno;
  if (durable && fsync(fd.get()) != 0) return errno;
  if (rename(draft.c_str(), path) != 0) return errno;
  if (!durable) return 0;
  char parent[4096];
  const char* slash = strrchr(path, '/');
  if (slash == nullptr || static_cast<size_t>(slash - path) >= sizeof parent) return 0;
  memcpy(parent, path, static_cast<size_t>(slash - path));
  parent[slash - path] = 0;
  const Fd dir(open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return dir && fsync(dir.get()) == 0 ? 0 : errno;
}
}  // namespace

// kernel: fs/pidfs.c; before 6.9 all pidfds shared one inode, on another file system.
uint64_t find_pidfd_inode(int pidfd) {
  constexpr long kPidfs = 0x50494446;  // PID_FS_MAGIC
  struct statfs file_system;
  struct stat info;
  if (fstatfs(pidfd, &file_system) != 0 || file_system.f_type != kPidfs || fstat(pidfd, &info) != 0) return 0;
  return info.st_ino;
}

int write_run_state(const char* run_directory, const StartedPayload& started, uint64_t pidfd_inode,
                    const char* boot_id) {
  FixedText<4096> path;
  path << run_directory << "/state";
  FixedText<512> text;
  text << "pid=" << static_cast<int64_t>(started.pid) << "\nstart_time=" << static_cast<int64_t>(started.start_time)
       << "\npidfd_inode=" << static_cast<int64_t>(pidfd_inode)
       << "\nmonitor_pid=" << static_cast<int64_t>(started.monitor_pid) << "\nboot_id=" << boot_id
       << "\nstarted=" << started.started << "\n";
  return write_record(path.c_str(), text.c_str(), text.size(), false);
}

int write_exit_record(const char* path, const ExitedPayload& exited, const char* error, bool durable) {
  FixedText<2048> text;
  text << "code=" << static_cast<int64_t>(exited.code) << "\noom_killed=" << static_cast<int64_t>(exited.oom_killed)
       << "\nmemory_limit=" << static_cast<int64_t>(exited.memory_limit)
       << "\nmemory_peak=" << static_cast<int64_t>(exited.memory_peak) << "\nfinished=" << exited.finished
       << "\nerror=";
  for (const char* at = error; *at != 0; ++at) {
    const char letter[] = {*at == '\n' ? ' ' : *at, 0};  // one line a key
    text << letter;
  }
  text << "\n";
  return write_record(path, text.c_str(), text.size(), durable);
}

}  // namespace minidock::monitor
