// The processes of a container as `ps -ef` shows them, read from /proc: no program is executed. Or as ps(1) itself
// does.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace minidock::cli {

// The headings, then one row a process; who has ended meanwhile is left out.
std::vector<std::vector<std::string>> process_rows(const std::vector<pid_t>& processes);

// The same as text: a line with the headings, then one a process; who has ended meanwhile is left out.
std::string process_table(const std::vector<pid_t>& processes);

// Pure: of what ps(1) printed about all of the host, the headings and the lines of these processes. Throws where the
// headings have no PID.
std::string lines_of_processes(std::string_view printed, const std::vector<pid_t>& processes);

// "pts/3", "tty1", "?" of the device number in /proc/PID/stat (proc(5), field 7).
std::string terminal_name(uint64_t device);

}  // namespace minidock::cli
