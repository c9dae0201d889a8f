#include "cli/view/human.h"

#include <cstdio>
#include <ctime>

#include "base/error.h"
#include "cli/table.h"

namespace minidock::cli {
namespace {

// "1h30m", "1.5s", "300ms" -> a length; nullopt for anything else.
std::optional<Nanoseconds> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    double length;
  };
  constexpr Unit kUnits[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 6e10}, {"h", 3.6e12}};
  double total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    double value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || value < 0) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(parsed.ptr - text.data()));
    const std::string_view name = text.substr(0, text.find_first_of("0123456789."));
    double length = 0;
    for (const Unit& unit : kUnits) length = unit.name == name ? unit.length : length;
    if (length == 0) return std::nullopt;
    text.remove_prefix(name.size());
    total += value * length;
  }
  if (total > 9e18) return std::nullopt;
  return static_cast<Nanoseconds>(total);
}

std::optional<Nanoseconds> parse_unix_time(std::string_view text) {
  const size_t point = text.find('.');
  const auto seconds = parse_int(text.substr(0, point));
  if (!seconds || *seconds < 0 || *seconds > 9'000'000'000) return std::nullopt;
  Nanoseconds instant = *seconds * kSecond;
  if (point == text.npos) return instant;
  std::string fraction(text.substr(point + 1, 9));
  fraction.resize(9, '0');
  const auto nanoseconds = parse_int(fraction);
  if (!nanoseconds || *nanoseconds < 0) return std::nullopt;
  return instant + *nanoseconds;
}

}  // namespace

std::string ellipsis(std::string_view text, size_t width) {
  if (text_width(text) <= width) return std::string(text);
  size_t end = 0;
  for (size_t seen = 0; end < text.size(); ++end) {
    if ((text[end] & 0xC0) != 0x80 && ++seen == width) break;
  }
  return cat(text.substr(0, end), "…");
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') out += '\\';
    out += letter;
  }
  out += '"';
  // printable() writes control bytes as \n and \x1b, which is what strconv.Quote does too.
  return printable(out);
}

std::string short_size(uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1000 && unit + 1 < std::size(kUnits); ++unit) value /= 1000;
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.3g%s", value, kUnits[unit]);
  return buffer;
}

std::string local_time(Nanoseconds instant) {
  const std::time_t seconds = instant / kSecond;
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char buffer[64];
  std::strftime(buffer, sizeof buffer, "%Y-%m-%d %H:%M:%S %z %Z", &parts);
  return buffer;
}

std::string labels_text(const std::map<std::string, std::string>& labels) {
  std::vector<std::string> pairs;
  for (const auto& [key, value] : labels) pairs.push_back(cat(key, "=", value));
  return join(pairs, ",");
}

std::string short_id(std::string_view id) {
  if (id.starts_with("sha256:")) id.remove_prefix(7);
  return std::string(id.substr(0, 12));
}

Nanoseconds parse_moment(std::string_view text, Nanoseconds now) {
  if (const auto instant = parse_unix_time(text)) return *instant;
  if (const auto length = parse_duration(text)) return now - *length;
  // Docker lets seconds and zone be left out.
  std::string full(text);
  if (full.size() == 10) full += "T00:00:00Z";
  if (full.size() == 16) full += ":00Z";
  if (full.size() == 19) full += "Z";
  if (const auto instant = parse_rfc3339(full)) return *instant;
  throw_error(ErrorKind::invalid, "failed to parse value as time or duration: \"", printable(text), "\"");
}

}  // namespace minidock::cli
