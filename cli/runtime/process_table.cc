#include "cli/runtime/process_table.h"

#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/time.h"
#include "cli/runtime/state_json.h"
#include "cli/runtime/table.h"

namespace minidock::cli {
namespace {

struct ProcessLine {
  std::string user, command, terminal;
  pid_t pid = 0, parent = 0;
  uint64_t cpu_seconds = 0, age_seconds = 0;
};

uint64_t number_at(const std::vector<std::string>& fields, size_t index) {
  return index < fields.size() ? static_cast<uint64_t>(parse_int(fields[index]).value_or(0)) : 0;
}

// The uid of "Uid:\t1000\t1000\t…" in /proc/PID/status.
uint32_t uid_in(const std::string& status) {
  for (const std::string& line : split(status, '\n')) {
    if (line.starts_with("Uid:")) return static_cast<uint32_t>(number_at(split(line, '\t'), 1));
  }
  return 0;
}

std::string command_in(std::string words, std::string_view name) {
  while (!words.empty() && words.back() == '\0') words.pop_back();
  for (char& letter : words) {
    if (letter == '\0') letter = ' ';
  }
  return words.empty() ? cat("[", name, "]") : printable(words);
}

std::optional<ProcessLine> read_process(pid_t pid) {
  try {
    const Fd proc = open_dir(AT_FDCWD, cat("/proc/", pid));
    const std::string stat = read_file(proc.get(), "stat");
    const size_t name_begin = stat.find('('), name_end = stat.rfind(')');
    if (name_begin == stat.npos || name_end == stat.npos) return std::nullopt;
    // proc(5): counted from field 3.
    const std::vector<std::string> fields = split(std::string_view(stat).substr(name_end + 2), ' ');
    constexpr size_t kParent = 1, kTerminal = 4, kUserTime = 11, kSystemTime = 12, kStartTime = 19;
    const uint64_t ticks = static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
    const uint64_t up = static_cast<uint64_t>(monotonic_now() / kSecond);
    ProcessLine line;
    line.pid = pid;
    line.parent = static_cast<pid_t>(number_at(fields, kParent));
    line.terminal = terminal_name(number_at(fields, kTerminal));
    line.cpu_seconds = (number_at(fields, kUserTime) + number_at(fields, kSystemTime)) / ticks;
    const uint64_t began = number_at(fields, kStartTime) / ticks;
    line.age_seconds = up > began ? up - began : 0;
    line.user = owner_name(uid_in(read_file(proc.get(), "status")));
    line.command = command_in(read_file(proc.get(), "cmdline"), stat.substr(name_begin + 1, name_end - name_begin - 1));
    return line;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::vector<std::string> words_in(std::string_view line) {
  std::vector<std::string> out;
  for (std::string& word : split(line, ' ')) {
    if (!word.empty()) out.push_back(std::move(word));
  }
  return out;
}

// "14:05" of a process younger than a day, else "Nov24".
std::string start_text(uint64_t age_seconds) {
  const time_t began = static_cast<time_t>(now() / kSecond) - static_cast<time_t>(age_seconds);
  tm parts{};
  localtime_r(&began, &parts);
  char buffer[16];
  strftime(buffer, sizeof buffer, age_seconds < 86400 ? "%H:%M" : "%b%d", &parts);
  return buffer;
}

std::string cpu_text(uint64_t seconds) {
  char buffer[32];
  snprintf(buffer, sizeof buffer, "%02u:%02u:%02u", static_cast<unsigned>(seconds / 3600),
           static_cast<unsigned>(seconds / 60 % 60), static_cast<unsigned>(seconds % 60));
  return buffer;
}

}  // namespace

std::string terminal_name(uint64_t device) {
  const unsigned major_number = major(device), minor_number = minor(device);
  constexpr unsigned kTerminals = 4, kFirstPseudo = 136, kLastPseudo = 143;
  if (major_number >= kFirstPseudo && major_number <= kLastPseudo)
    return cat("pts/", (major_number - kFirstPseudo) * 256 + minor_number);
  if (major_number == kTerminals && minor_number < 64) return cat("tty", minor_number);
  return "?";
}

std::string process_table(const std::vector<pid_t>& processes) {
  return aligned_table(process_rows(processes), 0);
}

RuntimeTable process_rows(const std::vector<pid_t>& processes) {
  RuntimeTable rows = {{"UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"}};
  for (const pid_t pid : processes) {
    const auto line = read_process(pid);
    if (!line) continue;
    const uint64_t percent = line->age_seconds == 0 ? 0 : line->cpu_seconds * 100 / line->age_seconds;
    rows.push_back({line->user, cat(line->pid), cat(line->parent), cat(percent), start_text(line->age_seconds),
                    line->terminal, cpu_text(line->cpu_seconds), line->command});
  }
  return rows;
}

std::string lines_of_processes(std::string_view printed, const std::vector<pid_t>& processes) {
  const std::vector<std::string> lines = split(printed, '\n');
  const std::vector<std::string> headings = words_in(lines.front());
  const auto place = std::find(headings.begin(), headings.end(), "PID");
  if (place == headings.end())
    throw_error(ErrorKind::invalid, "ps was asked for columns without PID, by which processes are chosen; add it");
  const size_t column = static_cast<size_t>(place - headings.begin());
  std::string out = lines.front() + "\n";
  for (size_t index = 1; index < lines.size(); ++index) {
    const std::vector<std::string> words = words_in(lines[index]);
    const auto pid = column < words.size() ? parse_int(words[column]) : std::nullopt;
    if (pid && std::find(processes.begin(), processes.end(), *pid) != processes.end()) out += lines[index] + "\n";
  }
  return out;
}

}  // namespace minidock::cli
