#include "runtime/lifecycle/process_identity.h"

#include <poll.h>
#include <signal.h>
#include <time.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "linux/syscalls.h"

namespace minidock::runtime {

namespace {

std::optional<ProcessStat> read_stat(int proc) {
  try {
    return parse_process_stat(read_file(proc, "stat"));
  } catch (const Error&) {
    return std::nullopt;  // ESRCH: it has gone
  }
}

bool is_dead(const ProcessStat& stat) {
  return stat.state == 'Z' || stat.state == 'X' || stat.state == 'x';
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  // The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
  const size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 >= text.size()) return std::nullopt;
  const std::vector<std::string> fields = split(trim(text.substr(name_end + 2)), ' ');
  constexpr size_t kParent = 1, kStartTime = 19;  // counted from field 3, the state
  if (fields.size() <= kStartTime || fields[0].size() != 1) return std::nullopt;
  const auto parent = parse_int(fields[kParent]), start_time = parse_int(fields[kStartTime]);
  if (!parent || !start_time) return std::nullopt;
  return ProcessStat{fields[0][0], static_cast<uint64_t>(*start_time), static_cast<int>(*parent)};
}

ProcessIdentity identify_process(int pid) {
  const auto proc = find_file(AT_FDCWD, cat("/proc/", pid), O_RDONLY | O_DIRECTORY);
  const auto stat = proc ? read_stat(proc->get()) : std::nullopt;
  if (!stat) return {pid, 0, ""};
  return {pid, stat->start_time, read_boot_id()};
}

std::optional<LiveProcess> LiveProcess::find(const ProcessIdentity& identity) {
  if (identity.pid <= 0 || identity.boot_id != read_boot_id()) return std::nullopt;
  LiveProcess found;
  found.pid_ = identity.pid;
  found.start_time_ = identity.start_time;
  // order: the descriptor first, the comparison after: what it refers to can then not change any more.
  found.pidfd_ = Fd(linux::pidfd_open(identity.pid, 0));
  auto proc = find_file(AT_FDCWD, cat("/proc/", identity.pid), O_RDONLY | O_DIRECTORY);
  if (!proc) return std::nullopt;
  found.proc_ = std::move(*proc);
  if (found.ended()) return std::nullopt;
  return found;
}

bool LiveProcess::ended() const {
  const auto stat = read_stat(proc_.get());
  return !stat || stat->start_time != start_time_ || is_dead(*stat);
}

void LiveProcess::send(int signal) const {
  // kernel: before 5.3 there is no pidfd_open; then the number is used, right after the comparison.
  if (ended()) throw_error(ErrorKind::not_found, "process already finished");
  const int result = pidfd_ ? linux::pidfd_send_signal(pidfd_.get(), signal) : ::kill(pid_, signal);
  if (result == 0) return;
  if (errno == ESRCH) throw_error(ErrorKind::not_found, "process already finished");
  throw_errno("send signal ", signal, " to process ", pid_);
}

bool LiveProcess::wait(Nanoseconds patience) const {
  const Nanoseconds deadline = monotonic_now() + patience;
  while (!ended()) {
    const Nanoseconds left = deadline - monotonic_now();
    if (left <= 0) return false;
    constexpr Nanoseconds kTick = 5'000'000, kMillisecond = 1'000'000;
    if (pidfd_) {
      pollfd waiting = {pidfd_.get(), POLLIN, 0};
      ::poll(&waiting, 1, static_cast<int>(std::min(left / kMillisecond + 1, Nanoseconds{1000})));
    } else {
      const timespec pause = {0, static_cast<long>(std::min(left, kTick))};
      ::nanosleep(&pause, nullptr);
    }
  }
  return true;
}

}  // namespace minidock::runtime
