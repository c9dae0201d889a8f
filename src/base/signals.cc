#include "base/signals.h"

#include <csignal>
#include <cstring>

#include "base/error.h"

namespace minidock {
namespace {

// "RTMIN+3", "RTMAX-1": real-time signals have no names of their own.
std::optional<int> find_realtime(std::string_view name) {
  const bool from_min = name.starts_with("rtmin");
  if (!from_min && !name.starts_with("rtmax")) return std::nullopt;
  std::string_view rest = name.substr(5);
  int64_t offset = 0;
  if (!rest.empty()) {
    if (rest[0] != (from_min ? '+' : '-')) return std::nullopt;
    const auto number = parse_int(rest.substr(1));
    if (!number || *number < 0 || *number > SIGRTMAX - SIGRTMIN) return std::nullopt;
    offset = *number;
  }
  return static_cast<int>(from_min ? SIGRTMIN + offset : SIGRTMAX - offset);
}

std::optional<int> find_signal(std::string_view text) {
  if (const auto number = parse_int(text)) {
    if (*number < 1 || *number > SIGRTMAX) return std::nullopt;
    return static_cast<int>(*number);
  }
  std::string name = lower(text);
  if (name.starts_with("sig")) name.erase(0, 3);
  for (int signal = 1; signal < SIGRTMIN; ++signal) {
    const char* known = ::sigabbrev_np(signal);
    if (known != nullptr && name == lower(known)) return signal;
  }
  return find_realtime(name);
}

}  // namespace

int parse_signal(std::string_view text) {
  const auto signal = find_signal(text);
  if (!signal) throw_error(ErrorKind::invalid, "Invalid signal: ", printable(text));
  return *signal;
}

std::string signal_name(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return name == nullptr ? cat("signal ", signal) : cat("SIG", name);
}

}  // namespace minidock
