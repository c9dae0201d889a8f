// The text files of monitor/helper/records.cc, read back: one "key=value" a line.
#include <map>
#include <string>

#include "base/file.h"
#include "base/text.h"
#include "linux/syscalls.h"
#include "monitor/launch.h"
#include "runtime/lifecycle/process_identity.h"

namespace minidock::monitor {

namespace {
using Keys = std::map<std::string, std::string, std::less<>>;

std::optional<Keys> find_keys(const std::string& path) {
  const std::optional<std::string> text = find_file_text(AT_FDCWD, path, 1 << 16);
  if (!text) return std::nullopt;
  Keys keys;
  for (const std::string& line : split(*text, '\n')) {
    const size_t equals = line.find('=');
    if (equals != std::string::npos) keys[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return keys;
}

int64_t number(const Keys& keys, std::string_view name) {
  const auto found = keys.find(name);
  return found == keys.end() ? 0 : parse_int(found->second).value_or(0);
}

std::string text(const Keys& keys, std::string_view name) {
  const auto found = keys.find(name);
  return found == keys.end() ? "" : found->second;
}
}  // namespace

std::optional<ExitRecord> find_exit_record(const std::string& path) {
  const std::optional<Keys> keys = find_keys(path);
  if (!keys) return std::nullopt;
  ExitRecord record;
  record.code = static_cast<int>(number(*keys, "code"));
  record.oom_killed = number(*keys, "oom_killed") != 0;
  record.memory_limit = static_cast<uint64_t>(number(*keys, "memory_limit"));
  record.memory_peak = static_cast<uint64_t>(number(*keys, "memory_peak"));
  record.finished = number(*keys, "finished");
  record.error = text(*keys, "error");
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
  const std::optional<Keys> keys = find_keys(run_directory + "/state");
  if (!keys) return std::nullopt;
  RunState state;
  state.pid = static_cast<int>(number(*keys, "pid"));
  state.start_time = static_cast<uint64_t>(number(*keys, "start_time"));
  state.monitor_pid = static_cast<int>(number(*keys, "monitor_pid"));
  state.boot_id = text(*keys, "boot_id");
  state.started = number(*keys, "started");
  return state;
}

std::optional<Fd> open_container_process(const RunState& state) {
  Fd process(linux::pidfd_open(state.pid, 0));
  if (!process) return std::nullopt;
  // race: the pidfd pins the process; only then is its start time read, so a reused pid is told apart.
  const std::optional<std::string> stat = find_file_text(AT_FDCWD, cat("/proc/", state.pid, "/stat"), 4096);
  if (!stat || state.boot_id != read_boot_id()) return std::nullopt;
  const auto parsed = runtime::parse_process_stat(*stat);
  if (!parsed || parsed->start_time != state.start_time) return std::nullopt;
  return process;
}

}  // namespace minidock::monitor
