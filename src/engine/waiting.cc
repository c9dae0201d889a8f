#include "engine/waiting.h"

#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <ctime>

#include "base/error.h"
#include "base/file.h"
#include "linux/pidfd_exit.h"

namespace minidock::engine {

namespace {

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
  int status = 0;
  if (!linux::read_exit_status(pidfd, &status)) return std::nullopt;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace minidock::engine
