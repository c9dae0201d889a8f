// Signals by their names, signal(7).
#pragma once

#include <string>
#include <string_view>

namespace minidock {

// A name or number as docker reads it: "KILL", "SIGKILL", "9", "RTMIN+3". Throws invalid "Invalid signal: FOO".
int parse_signal(std::string_view text);
std::string signal_name(int signal);  // "SIGKILL", "signal 40"

}  // namespace minidock
