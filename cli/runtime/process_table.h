// The processes of a container as `ps -ef` shows them, read from /proc: no program is executed.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace minidock::cli {

// The headings, then one row a process; who has ended meanwhile is left out.
std::vector<std::vector<std::string>> process_rows(const std::vector<pid_t>& processes);

// The same as text: a line with the headings, then one a process; who has ended meanwhile is left out.
std::string process_table(const std::vector<pid_t>& processes);

// "pts/3", "tty1", "?" of the device number in /proc/PID/stat (proc(5), field 7).
std::string terminal_name(uint64_t device);

}  // namespace minidock::cli
