#include "cli/options/device_limits.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "cli/options/quantities.h"

namespace minidock::cli {
namespace {

struct DeviceValue {
  std::string path, value;
};

DeviceValue split_device(const std::string& text) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos) throw_error(ErrorKind::invalid, "bad format: ", printable(text));
  DeviceValue out{text.substr(0, colon), text.substr(colon + 1)};
  if (!out.path.starts_with("/dev/")) {
    throw_error(ErrorKind::invalid, "bad format for device path: ", printable(text));
  }
  return out;
}

// nullopt for what is no positive number, or none at all.
template <typename Parse>
std::optional<int64_t> positive(const std::string& text, Parse parse) {
  try {
    const int64_t value = parse(text);
    if (value > 0) return value;
  } catch (const Error&) {
  }
  return std::nullopt;
}

int64_t whole_number(const std::string& text) {
  return parse_int(text).value_or(0);
}

[[noreturn]] void throw_bad_rate(const std::string& text, std::string_view format, std::string_view more) {
  throw_error(ErrorKind::invalid, "invalid rate for device: ", printable(text), ". The correct format is ", format,
              ". Number must be a positive integer", more);
}

// "*" or digits that the kernel can hold: twenty bits for a minor number, twelve for a major one.
bool is_number_or_any(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return text == "*" || (!text.empty() && text.size() <= 7 && std::all_of(text.begin(), text.end(), is_digit));
}

}  // namespace

std::string parse_device_bytes(const std::string& text) {
  const DeviceValue device = split_device(text);
  const auto rate = positive(device.value, parse_size);
  if (!rate) throw_bad_rate(text, "<device-path>:<number>[<unit>]", ". Unit is optional and can be kb, mb, or gb");
  return cat(device.path, ":", *rate);
}

std::string parse_device_operations(const std::string& text) {
  const DeviceValue device = split_device(text);
  const auto rate = positive(device.value, whole_number);
  if (!rate) throw_bad_rate(text, "<device-path>:<number>", "");
  return cat(device.path, ":", *rate);
}

std::string parse_device_weight(const std::string& text) {
  const DeviceValue device = split_device(text);
  const auto weight = parse_int(device.value);
  const bool good = weight && (*weight == 0 || (*weight >= 10 && *weight <= 1000));
  if (!good) throw_error(ErrorKind::invalid, "invalid weight for device: ", printable(text));
  return cat(device.path, ":", *weight);
}

void check_device_rule(const std::string& text) {
  const auto words = split(text, ' ');
  const auto numbers = words.size() == 3 ? split(words[1], ':') : std::vector<std::string>{};
  const bool good = numbers.size() == 2 && words[0].size() == 1 &&
                    std::string_view("abc").find(words[0][0]) != std::string_view::npos &&
                    is_number_or_any(numbers[0]) && is_number_or_any(numbers[1]) && !words[2].empty() &&
                    words[2].size() <= 3 && words[2].find_first_not_of("rwm") == std::string::npos;
  if (!good) throw_error(ErrorKind::invalid, "invalid device cgroup format '", printable(text), "'");
}

}  // namespace minidock::cli
