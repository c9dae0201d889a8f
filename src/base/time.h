// Wall-clock instants as nanoseconds since 1970 UTC, and how docker prints them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace minidock {

using Nanoseconds = int64_t;  // since 1970-01-01T00:00:00Z, or a length of time
constexpr Nanoseconds kSecond = 1'000'000'000;

Nanoseconds now();            // CLOCK_REALTIME: for display and records only
Nanoseconds monotonic_now();  // CLOCK_BOOTTIME: for time-outs

std::string rfc3339(Nanoseconds instant);  // RFC 3339 in UTC, nanoseconds with trailing zeros cut: Go's RFC3339Nano
std::string rfc3339_fixed(Nanoseconds instant);  // the same with all nine digits
std::optional<Nanoseconds> parse_rfc3339(std::string_view text);

// go-units HumanDuration of a length of time: "Less than a second", "5 seconds", "About a minute", "3 weeks".
std::string human_duration(Nanoseconds length);

// /proc/sys/kernel/random/boot_id without newline, read once.
const std::string& read_boot_id();

}  // namespace minidock
