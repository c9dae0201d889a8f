#include "cli/runtime/duration.h"

#include <charconv>
#include <utility>

namespace minidock::cli {

std::optional<Nanoseconds> parse_duration(std::string_view text) {
  // The longer of two units that begin alike comes first.
  constexpr std::pair<std::string_view, Nanoseconds> kUnits[] = {
      {"ms", kSecond / 1000}, {"us", kSecond / 1'000'000}, {"h", 3600 * kSecond}, {"m", 60 * kSecond}, {"s", kSecond}};
  constexpr Nanoseconds kMost = 86400 * kSecond;
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    double number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (parsed.ec != std::errc() || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(parsed.ptr - text.data()));
    bool known = false;
    for (const auto& [unit, length] : kUnits) {
      if (known || !text.starts_with(unit)) continue;
      known = true;
      total += number * static_cast<double>(length);
      text.remove_prefix(unit.size());
    }
    if (!known || total > static_cast<double>(kMost)) return std::nullopt;
  }
  return static_cast<Nanoseconds>(total);
}

}  // namespace minidock::cli
