#include "base/time.h"

#include <fcntl.h>
#include <time.h>

#include <cstdio>
#include <cstring>

#include "base/file.h"
#include "base/text.h"

namespace minidock {

namespace {
Nanoseconds read_clock(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<Nanoseconds>(time.tv_sec) * kSecond + time.tv_nsec;
}
}  // namespace

Nanoseconds now() {
  return read_clock(CLOCK_REALTIME);
}
Nanoseconds monotonic_now() {
  return read_clock(CLOCK_BOOTTIME);
}

namespace {
// "2026-01-02T03:04:05", and the nanoseconds after it.
std::string to_the_second(Nanoseconds instant, int64_t& fraction) {
  time_t seconds = instant / kSecond;
  fraction = instant % kSecond;
  if (fraction < 0) {
    fraction += kSecond;
    --seconds;
  }
  tm parts{};
  gmtime_r(&seconds, &parts);
  char buffer[64];
  return {buffer, strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%S", &parts)};
}

std::string nine_digits(int64_t fraction) {
  char buffer[24];
  snprintf(buffer, sizeof buffer, ".%09lld", static_cast<long long>(fraction));
  return buffer;
}
}  // namespace

std::string rfc3339(Nanoseconds instant) {
  int64_t fraction = 0;
  std::string text = to_the_second(instant, fraction);
  if (fraction != 0) {
    text += nine_digits(fraction);
    while (text.back() == '0') text.pop_back();
  }
  return text + "Z";
}

std::string rfc3339_fixed(Nanoseconds instant) {
  int64_t fraction = 0;
  std::string text = to_the_second(instant, fraction);
  return text + nine_digits(fraction) + "Z";
}

std::optional<Nanoseconds> parse_rfc3339(std::string_view text) {
  const std::string copy(text);
  tm parts{};
  const char* rest = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  int64_t fraction = 0;
  if (*rest == '.') {
    int64_t unit = kSecond / 10;
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, unit /= 10) fraction += (*rest - '0') * unit;
  }
  int64_t offset = 0;
  if (*rest == '+' || *rest == '-') {
    int hours = 0;
    int minutes = 0;
    if (sscanf(rest + 1, "%2d:%2d", &hours, &minutes) != 2 || strlen(rest) != 6) return std::nullopt;
    offset = (hours * 3600 + minutes * 60) * (*rest == '-' ? -1 : 1);
  } else if (strcmp(rest, "Z") != 0) {
    return std::nullopt;
  }
  return (timegm(&parts) - offset) * kSecond + fraction;
}

std::string human_duration(Nanoseconds length) {
  const int64_t seconds = length / kSecond;
  const int64_t minutes = seconds / 60;
  const int64_t hours = (minutes + 30) / 60;  // go-units rounds hours to the nearest
  if (seconds < 1) return "Less than a second";
  if (seconds == 1) return "1 second";
  if (seconds < 60) return cat(seconds, " seconds");
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return cat(minutes, " minutes");
  if (hours == 1) return "About an hour";
  if (hours < 48) return cat(hours, " hours");
  if (hours < 24 * 7 * 2) return cat(hours / 24, " days");
  if (hours < 24 * 30 * 2) return cat(hours / 24 / 7, " weeks");
  if (hours < 24 * 365 * 2) return cat(hours / 24 / 30, " months");
  return cat(hours / 24 / 365, " years");
}

const std::string& read_boot_id() {
  static const std::string id(trim(read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 256)));
  return id;
}

}  // namespace minidock
