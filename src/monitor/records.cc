// The text files of monitor/helper/records.cc, read back: one "key=value" a line.
#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "base/file.h"
#include "base/text.h"
#include "linux/syscalls.h"
#include "monitor/launch.h"
#include "runtime/lifecycle/process_identity.h"

namespace minidock::monitor {

namespace {
// A record's few lines, searched rather than taken apart: `ps` reads one a container.
using Record = std::optional<std::string>;

Record find_record(const std::string& path) {
  return find_file_text(AT_FDCWD, path, 1 << 16);
}

std::string_view text(const std::string& record, std::string_view key) {
  for (size_t line = 0; line < record.size();) {
    const size_t end = std::min(record.find('\n', line), record.size());
    const std::string_view pair(record.data() + line, end - line);
    if (pair.size() > key.size() && pair.starts_with(key) && pair[key.size()] == '=')
      return pair.substr(key.size() + 1);
    line = end + 1;
  }
  return {};
}

int64_t number(const std::string& record, std::string_view key) {
  return parse_int(text(record, key)).value_or(0);
}

// race: a pidfd pins the process; only then is it asked who it is, so a reused pid is told apart.
// kernel: since 6.9 a pidfd's inode number stands for the process as long as the host is up, and asking for it costs a
// tenth of reading /proc/PID/stat (fs/pidfs.c).
bool is_that_process(int pidfd, const RunState& state) {
  if (state.boot_id != read_boot_id()) return false;
  if (state.pidfd_inode != 0) {
    struct stat info;
    return fstat(pidfd, &info) == 0 && info.st_ino == state.pidfd_inode;
  }
  const std::optional<std::string> stat = find_file_text(AT_FDCWD, cat("/proc/", state.pid, "/stat"), 4096);
  if (!stat) return false;
  const auto parsed = runtime::parse_process_stat(*stat);
  return parsed && parsed->start_time == state.start_time;
}
}  // namespace

std::optional<ExitRecord> find_exit_record(const std::string& path) {
  const Record found = find_record(path);
  if (!found) return std::nullopt;
  ExitRecord record;
  record.code = static_cast<int>(number(*found, "code"));
  record.oom_killed = number(*found, "oom_killed") != 0;
  record.memory_limit = static_cast<uint64_t>(number(*found, "memory_limit"));
  record.memory_peak = static_cast<uint64_t>(number(*found, "memory_peak"));
  record.finished = number(*found, "finished");
  record.error = text(*found, "error");
  return record;
}

void write_exit_record(const std::string& path, const ExitRecord& record) {
  std::string error = record.error;
  for (char& letter : error) {
    if (letter == '\n') letter = ' ';
  }
  replace_file_durably(
      AT_FDCWD, path,
      cat("code=", record.code, "\noom_killed=", record.oom_killed ? 1 : 0, "\nmemory_limit=", record.memory_limit,
          "\nmemory_peak=", record.memory_peak, "\nfinished=", record.finished, "\nerror=", error, "\n"));
}

std::optional<RunState> find_run_state(const std::string& run_directory) {
  const Record found = find_record(run_directory + "/state");
  if (!found) return std::nullopt;
  RunState state;
  state.pid = static_cast<int>(number(*found, "pid"));
  state.start_time = static_cast<uint64_t>(number(*found, "start_time"));
  state.pidfd_inode = static_cast<uint64_t>(number(*found, "pidfd_inode"));
  state.monitor_pid = static_cast<int>(number(*found, "monitor_pid"));
  state.boot_id = text(*found, "boot_id");
  state.started = number(*found, "started");
  return state;
}

std::optional<Fd> open_container_process(const RunState& state) {
  Fd process(linux::pidfd_open(state.pid, 0));
  if (!process || !is_that_process(process.get(), state)) return std::nullopt;
  return process;
}

}  // namespace minidock::monitor
