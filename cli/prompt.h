// Asking the person at the terminal for a line.
#pragma once

#include <string>

namespace minidock::cli {

// Prints `question` on standard output, and reads a line of standard input, without its end.
std::string ask_line(const std::string& question);
// The same on a terminal, which does not show what is typed. Throws ExitWith for the interrupt key.
std::string ask_secret(const std::string& question);

}  // namespace minidock::cli
