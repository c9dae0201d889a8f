#include "linux/process_usage.h"

#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/cgroup_files.h"

namespace minidock::linux {
namespace {

std::vector<std::string_view> blank_separated(std::string_view line) {
  std::vector<std::string_view> out;
  while (!(line = trim(line)).empty()) {
    const size_t end = std::min(line.find(' '), line.size());
    out.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return out;
}

// Of all its threads, ended ones too; 0 once it is gone.
Nanoseconds own_cpu_time(pid_t process) {
  clockid_t clock;
  timespec time;
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
  return time.tv_sec * kSecond + time.tv_nsec;
}

// "" where the process is gone or is not ours to look at.
std::string process_text(pid_t process, const char* file) {
  try {
    return read_file(AT_FDCWD, cat("/proc/", process, "/", file));
  } catch (const Error&) {
    return "";
  }
}

}  // namespace

ProcessUsage& ProcessUsage::operator+=(const ProcessUsage& other) {
  cpu_time += other.cpu_time;
  read_bytes += other.read_bytes;
  written_bytes += other.written_bytes;
  return *this;
}

ProcessUsage read_process_usage(const std::vector<pid_t>& processes) {
  static const int64_t kTicks = ::sysconf(_SC_CLK_TCK);
  ProcessUsage out;
  for (const pid_t process : processes) {
    ProcessUsage one;
    one.cpu_time = own_cpu_time(process) + parse_children_time(process_text(process, "stat"), kTicks);
    parse_process_io(process_text(process, "io"), one);
    out += one;
  }
  return out;
}

NetworkUsage read_network_usage(pid_t process) {
  return parse_network_devices(process_text(process, "net/dev"));
}

Nanoseconds parse_children_time(std::string_view stat, int64_t ticks_a_second) {
  // The name, in parentheses, may hold blanks and parentheses; what follows it begins with field 3.
  const size_t name_end = stat.rfind(')');
  if (name_end == stat.npos) return 0;
  const std::vector<std::string_view> fields = blank_separated(stat.substr(name_end + 1));
  constexpr size_t kUser = 16 - 3, kSystem = 17 - 3;
  if (fields.size() <= kSystem) return 0;
  const int64_t ticks = parse_int(fields[kUser]).value_or(0) + parse_int(fields[kSystem]).value_or(0);
  return ticks * (kSecond / ticks_a_second);
}

void parse_process_io(std::string_view text, ProcessUsage& out) {
  for (const std::string& line : split(text, '\n')) {
    const std::vector<std::string_view> words = blank_separated(line);
    if (words.size() != 2) continue;
    if (words[0] == "read_bytes:") out.read_bytes = parse_unsigned(words[1]).value_or(0);
    if (words[0] == "write_bytes:") out.written_bytes = parse_unsigned(words[1]).value_or(0);
  }
}

NetworkUsage parse_network_devices(std::string_view text) {
  NetworkUsage out;
  for (const std::string& line : split(text, '\n')) {
    const size_t colon = line.find(':');
    if (colon == line.npos || trim(std::string_view(line).substr(0, colon)) == "lo") continue;
    // Eight numbers of what was received, then eight of what was sent; bytes come first.
    const std::vector<std::string_view> numbers = blank_separated(std::string_view(line).substr(colon + 1));
    constexpr size_t kSent = 8;
    if (numbers.size() <= kSent) continue;
    out.received += parse_unsigned(numbers[0]).value_or(0);
    out.sent += parse_unsigned(numbers[kSent]).value_or(0);
  }
  return out;
}

}  // namespace minidock::linux
