// Text: joining, splitting, escaping, sizes, near names.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidock {

namespace detail {
inline void append(std::string& out, std::string_view text) {
  out += text;
}
inline void append(std::string& out, char letter) {
  out += letter;
}
template <std::integral Number>
void append(std::string& out, Number number) {
  char buffer[24];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
}
}  // namespace detail

// cat("layer ", 2, ": ", name): the parts as one string.
template <typename... Parts>
std::string cat(const Parts&... parts) {
  std::string out;
  (detail::append(out, parts), ...);
  return out;
}

std::vector<std::string> split(std::string_view text, char separator);  // "" gives one empty part
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);  // ASCII white space off both ends
std::string lower(std::string_view text);      // ASCII only

// The whole of `text` as a number, else nullopt. No sign but '-', no leading white space.
std::optional<int64_t> parse_int(std::string_view text);
std::optional<uint64_t> parse_octal(std::string_view text);

// Docker's spellings: 1, t, T, TRUE, true, True; 0, f, F and so on. nullopt for others.
std::optional<bool> parse_bool(std::string_view text);
// [a-zA-Z0-9][a-zA-Z0-9_.-]*: docker's rule for names of all kinds.
bool is_plain_name(std::string_view text);

std::string to_hex(const uint8_t* bytes, size_t count);
// FNV-1a, 64 bits: tells texts apart and finds damage; no defence against anybody who chooses the text.
uint64_t checksum(std::string_view text);
std::string short_hash(std::string_view text);  // eight hex digits of it
bool is_hex(std::string_view text);             // lower case only, not empty

// A name that came from outside, made safe for a terminal: control bytes, DEL and bytes that are
// not UTF-8 as \n, \x1b …; never throws for odd input.
std::string printable(std::string_view text);

// Docker's "--memory" units: 512, 64k, 10m, 1.5g, 2t, 1p with an optional b or ib, any case, powers of 1024.
// nullopt for anything else, for negative values and for values over 2^63-1.
std::optional<int64_t> parse_bytes(std::string_view text);
// go-units HumanSize: powers of 1000, four significant digits: 4.5kB, 173MB.
std::string human_size(uint64_t bytes);
// go-units BytesSize: powers of 1024: 64MiB.
std::string human_bytes(uint64_t bytes);

// Those of `candidates` that a typist may have meant by `word`, nearest first, at most three.
std::vector<std::string> near_names(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace minidock
