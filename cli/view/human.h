// Small texts that docker's lists share.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/time.h"

namespace minidock::cli {

std::string ellipsis(std::string_view text, size_t width);  // cut to `width` characters, the last one "…"
std::string quote(std::string_view text);                   // Go's strconv.Quote for printable UTF-8
std::string short_size(uint64_t bytes);                     // HumanSizeWithPrecision 3: "77.8MB", "1.23GB"
std::string local_time(Nanoseconds instant);                // Go's Time.String: "2024-01-02 10:00:00 +0000 UTC"
std::string labels_text(const std::map<std::string, std::string>& labels);  // "a=1,b=2"
std::string short_id(std::string_view id);                                  // "sha256:" cut, 12 digits

// "2024-01-02T10:00:00Z", a Unix time with or without a fraction, or a Go duration back from now ("10m", "1h30m").
// Throws invalid: failed to parse value as time or duration: "x".
Nanoseconds parse_moment(std::string_view text, Nanoseconds now);

}  // namespace minidock::cli
