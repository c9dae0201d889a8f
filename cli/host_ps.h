// The host's ps(1), for `top NAME OPTIONS`: its options are too many to imitate.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace minidock::cli {

// What `ps OPTIONS` prints. Throws not_found without a ps on this host, invalid with what ps said where it failed.
std::string run_host_ps(const std::vector<std::string>& options);

// Pure. The headings and the rows of those processes, in ps's order; the last column keeps its blanks. Throws invalid
// where no column is PID.
std::vector<std::vector<std::string>> select_ps_rows(const std::string& text, const std::vector<pid_t>& processes);

}  // namespace minidock::cli
