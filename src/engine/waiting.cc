#include "engine/waiting.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <ctime>

#include "base/error.h"
#include "base/file.h"

namespace minidock::engine {

namespace {

// kernel: include/uapi/linux/pidfd.h, Linux 6.13; the exit code since 6.15, kept for as long as a pidfd is open
// that was opened before the process was reaped.
struct PidfdInfo {
  uint64_t mask = 0, cgroup = 0;
  uint32_t ids[11] = {};
  int32_t exit_code = 0;
};
static_assert(sizeof(PidfdInfo) == 64);
constexpr uint64_t kInfoExit = 1 << 3;
constexpr unsigned long kGetInfo = _IOWR(0xFF, 11, PidfdInfo);

void pause_briefly() {
  constexpr timespec kPause = {0, 1'000'000};
  ::nanosleep(&kPause, nullptr);
}

}  // namespace

bool is_locked(const std::string& run_directory) {
  const auto lock = find_file(AT_FDCWD, run_directory + "/lock", O_RDONLY | O_NOFOLLOW);
  return lock && !try_lock_file(lock->get());
}

std::optional<Fd> find_running_process(const monitor::RunState& state) {
  auto process = monitor::open_container_process(state);
  if (process && wait_for_process(process->get(), 0)) return std::nullopt;
  return process;
}

bool wait_for_process(int pidfd, std::optional<Nanoseconds> timeout) {
  const Nanoseconds deadline = timeout ? monotonic_now() + *timeout : 0;
  for (;;) {
    int milliseconds = -1;
    if (timeout) {
      const Nanoseconds left = std::max<Nanoseconds>(0, deadline - monotonic_now());
      milliseconds = static_cast<int>(std::min<Nanoseconds>((left + 999'999) / 1'000'000, INT32_MAX));
    }
    pollfd wait = {pidfd, POLLIN, 0};
    const int ready = ::poll(&wait, 1, milliseconds);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) throw_errno("wait for the container's process");
    if (timeout && monotonic_now() >= deadline) return false;
  }
}

std::optional<monitor::ExitRecord> await_exit_record(const std::string& run_directory, const std::string& record_path) {
  for (;;) {
    // order: the lock is looked at before the record. The monitor writes before it lets go, so a free lock
    // followed by no record proves that there will be none.
    const bool free = !is_locked(run_directory);
    if (auto record = monitor::find_exit_record(record_path)) return record;
    if (free) return std::nullopt;
    pause_briefly();
  }
}

std::optional<int> find_exit_code(int pidfd) {
  PidfdInfo info;
  info.mask = kInfoExit;
  if (::ioctl(pidfd, kGetInfo, &info) != 0 || (info.mask & kInfoExit) == 0) return std::nullopt;
  if (WIFSIGNALED(info.exit_code)) return 128 + WTERMSIG(info.exit_code);
  return WEXITSTATUS(info.exit_code);
}

}  // namespace minidock::engine
