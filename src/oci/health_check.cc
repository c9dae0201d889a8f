#include "oci/health_check.h"

#include "base/error.h"
#include "base/text.h"
#include "oci/change_command.h"

namespace minidock::oci {

namespace {

struct Unit {
  std::string_view name;
  double length;
};
// Longer names first: "ms" before "m".
constexpr Unit kUnits[] = {{"ns", 1},      {"us", 1e3},           {"\xc2\xb5s", 1e3},     {"ms", 1e6},
                           {"s", kSecond}, {"m", 60.0 * kSecond}, {"h", 3600.0 * kSecond}};

// Takes one "1.5h" off the front; nullopt when there is none.
std::optional<double> take_part(std::string_view& text) {
  double number = 0;
  if (!text.empty() && text[0] != '.' && (text[0] < '0' || text[0] > '9')) return std::nullopt;  // no sign, no "inf"
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  for (const Unit& unit : kUnits) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return number * unit.length;
  }
  return std::nullopt;
}

Nanoseconds parse_interval(std::string_view name, std::string_view value) {
  const Nanoseconds length = parse_go_duration(value);
  if (length != 0 && length < kSecond / 1000) {
    throw_error(ErrorKind::invalid, "Interval \"", name, "\" cannot be less than 1ms");
  }
  return length;
}

int parse_retries(std::string_view value) {
  const auto number = parse_int(value);
  if (!number || *number < 0 || *number > INT32_MAX) {
    throw_error(ErrorKind::invalid, "--retries must be at least 0, not ", printable(value));
  }
  return static_cast<int>(*number);
}

void apply_flag(HealthCheck& check, std::string_view flag) {
  const size_t equals = flag.find('=');
  const std::string_view name = flag.substr(0, equals);
  if (equals == std::string_view::npos) throw_error(ErrorKind::invalid, "missing a value on flag: ", printable(name));
  const std::string_view value = flag.substr(equals + 1);
  if (name == "--interval") {
    check.interval = parse_interval("interval", value);
  } else if (name == "--timeout") {
    check.timeout = parse_interval("timeout", value);
  } else if (name == "--start-period") {
    check.start_period = parse_interval("start-period", value);
  } else if (name == "--start-interval") {
    check.start_interval = parse_interval("start-interval", value);
  } else if (name == "--retries") {
    check.retries = parse_retries(value);
  } else {
    throw_error(ErrorKind::invalid, "unknown flag: ", printable(name));
  }
}

}  // namespace

Nanoseconds parse_go_duration(std::string_view text) {
  if (text == "0") return 0;
  double total = 0;
  std::string_view rest = text;
  do {
    const auto part = take_part(rest);
    if (!part) throw_error(ErrorKind::invalid, "time: invalid duration \"", printable(text), "\"");
    total += *part;
  } while (!rest.empty());
  if (total > 9e18) throw_error(ErrorKind::invalid, "time: invalid duration \"", printable(text), "\"");
  return static_cast<Nanoseconds>(total);
}

std::string go_duration(Nanoseconds length) {
  constexpr Nanoseconds kMinute = 60 * kSecond, kHour = 60 * kMinute;
  if (length == 0) return "0s";
  // "1.5" of 1500 thousandths.
  const auto decimal = [](Nanoseconds number, Nanoseconds unit) {
    std::string rest = std::to_string(unit + number % unit).substr(1);
    while (!rest.empty() && rest.back() == '0') rest.pop_back();
    return cat(number / unit, rest.empty() ? "" : ".", rest);
  };
  if (length < 1000) return cat(length, "ns");
  if (length < 1'000'000) return cat(decimal(length, 1000), "\xc2\xb5s");
  if (length < kSecond) return cat(decimal(length, 1'000'000), "ms");
  std::string out;
  if (length >= kHour) out = cat(length / kHour, "h");
  if (length >= kMinute) out += cat(length % kHour / kMinute, "m");
  return cat(out, decimal(length % kMinute, kSecond), "s");
}

HealthCheck parse_health_check(std::string_view arguments) {
  HealthCheck check;
  std::string_view rest = trim(arguments);
  const auto take_word = [&rest] {
    const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
    rest = trim(rest.substr(word.size()));
    return word;
  };
  // Flags come first; after CMD the same letters belong to the command.
  while (rest.starts_with("--")) apply_flag(check, take_word());
  if (rest.empty()) throw_error(ErrorKind::invalid, "HEALTHCHECK requires at least one argument");
  const std::string type = lower(take_word());
  if (type == "none") {
    if (!rest.empty()) throw_error(ErrorKind::invalid, "HEALTHCHECK NONE takes no arguments");
    check.test = {"NONE"};
    return check;
  }
  if (type != "cmd") throw_error(ErrorKind::invalid, "Unknown type \"", printable(type), "\" in HEALTHCHECK (try CMD)");
  if (rest.empty()) throw_error(ErrorKind::invalid, "Missing command after HEALTHCHECK CMD");
  if (auto words = find_json_words(rest)) {
    check.test = std::move(*words);
    check.test.insert(check.test.begin(), "CMD");
  } else {
    check.test = {"CMD-SHELL", std::string(rest)};
  }
  return check;
}

}  // namespace minidock::oci
