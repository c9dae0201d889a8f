#include "cli/options/quantities.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace minidock::cli {
namespace {

constexpr uint64_t kNano = 1'000'000'000;
constexpr std::array kUlimits = {"core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue", "nice",
                                 "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack"};

bool is_address(const std::string& text) {
  in6_addr scratch;
  return inet_pton(AF_INET, text.c_str(), &scratch) == 1 || inet_pton(AF_INET6, text.c_str(), &scratch) == 1;
}

int64_t parse_limit(const std::string& text) {
  const auto value = parse_int(text);
  if (!value) throw_error(ErrorKind::invalid, "strconv.ParseInt: parsing \"", printable(text), "\": invalid syntax");
  return *value;
}

// The digits after the point as billionths.
uint64_t parse_fraction(const std::string& text, std::string_view digits) {
  digits = digits.substr(0, digits.find_last_not_of('0') + 1);
  if (digits.size() > 9) throw_error(ErrorKind::invalid, "value is too precise: ", text);
  uint64_t value = 0;
  for (size_t i = 0; i < 9; ++i) value = value * 10 + (i < digits.size() ? static_cast<uint64_t>(digits[i] - '0') : 0);
  return value;
}

}  // namespace

int64_t parse_size(const std::string& text) {
  if (const auto bytes = parse_bytes(text)) return *bytes;
  const size_t last_digit = text.find_last_of("0123456789. ");
  const bool numeric = !text.empty() && text.find_first_not_of("0123456789. ") > 0 && last_digit != std::string::npos;
  if (!numeric || last_digit + 1 == text.size())
    throw_error(ErrorKind::invalid, "invalid size: '", printable(text), "'");
  throw_error(ErrorKind::invalid, "invalid suffix: '", printable(lower(text.substr(last_digit + 1))), "'");
}

int64_t parse_swap_size(const std::string& text) {
  return text == "-1" ? -1 : parse_size(text);
}

uint64_t parse_nano_cpus(const std::string& text) {
  const size_t point = text.find('.');
  const std::string_view whole = std::string_view(text).substr(0, point);
  const std::string_view fraction = point == std::string::npos ? "" : std::string_view(text).substr(point + 1);
  const auto is_digits = [](std::string_view part) { return part.find_first_not_of("0123456789") == part.npos; };
  if (whole.size() + fraction.size() == 0 || whole.size() > 6 || !is_digits(whole) || !is_digits(fraction)) {
    throw_error(ErrorKind::invalid, "failed to parse ", printable(text), " as a rational number");
  }
  const uint64_t cpus = whole.empty() ? 0 : static_cast<uint64_t>(*parse_int(whole));
  const uint64_t nano = cpus * kNano + parse_fraction(text, fraction);
  const auto online = static_cast<uint64_t>(sysconf(_SC_NPROCESSORS_ONLN));
  if (nano != 0 && (nano < kNano / 100 || nano > online * kNano)) {
    throw_error(ErrorKind::invalid, "range of CPUs is from 0.01 to ", online, ".00, as there are only ", online,
                " CPUs available");
  }
  return nano;
}

engine::UlimitOption parse_ulimit(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) throw_error(ErrorKind::invalid, "invalid ulimit argument: ", printable(text));
  engine::UlimitOption limit;
  limit.name = text.substr(0, equals);
  if (std::find(kUlimits.begin(), kUlimits.end(), limit.name) == kUlimits.end()) {
    throw_error(ErrorKind::invalid, "invalid ulimit type: ", printable(limit.name));
  }
  const auto values = split(std::string_view(text).substr(equals + 1), ':');
  if (values.size() > 2) {
    throw_error(ErrorKind::invalid, "too many limit value arguments - ", printable(text.substr(equals + 1)),
                ", can only have up to two, `soft[:hard]`");
  }
  limit.soft = parse_limit(values[0]);
  limit.hard = values.size() == 2 ? parse_limit(values[1]) : limit.soft;
  const bool above = limit.hard != -1 && (limit.soft == -1 || limit.soft > limit.hard);
  if (above) {
    throw_error(ErrorKind::invalid, "ulimit soft limit must be less than or equal to hard limit: ", limit.soft, " > ",
                limit.hard);
  }
  return limit;
}

void check_device(const std::string& text) {
  const auto parts = split(text, ':');
  const bool mode_only = parts.size() == 2 && parts[1].find_first_not_of("rwm") == std::string::npos;
  if (parts.size() > 3 || parts[0].empty())
    throw_error(ErrorKind::invalid, "invalid device specification: ", printable(text));
  if (parts.size() == 2 && !mode_only && parts[1].find('/') != 0) {
    throw_error(ErrorKind::invalid, printable(parts[1]), " is not an absolute path");
  }
  if (parts.size() == 3 && (parts[2].empty() || parts[2].find_first_not_of("rwm") != std::string::npos)) {
    throw_error(ErrorKind::invalid, "bad mode specified: ", printable(parts[2]));
  }
  if (parts[0][0] != '/') throw_error(ErrorKind::invalid, printable(parts[0]), " is not an absolute path");
}

void check_address(const std::string& text) {
  if (!is_address(text)) throw_error(ErrorKind::invalid, "IP address is not correctly formatted: ", printable(text));
}

void check_add_host(const std::string& text) {
  size_t separator = text.find('=');
  if (separator == std::string::npos) separator = text.find(':');
  if (separator == std::string::npos || separator == 0) {
    throw_error(ErrorKind::invalid, "bad format for add-host: \"", printable(text), "\"");
  }
  std::string address = text.substr(separator + 1);
  if (address == "host-gateway") {
    throw_error(ErrorKind::unsupported, "host-gateway is not supported yet: give the address itself");
  }
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  }
  if (!is_address(address))
    throw_error(ErrorKind::invalid, "invalid IP address in add-host: \"", printable(address), "\"");
}

void check_platform(const std::string& text) {
  const auto parts = split(text, '/');
  const bool empty_part = std::any_of(parts.begin(), parts.end(), [](const auto& part) { return part.empty(); });
  if (empty_part || parts.size() > 3) {
    throw_error(ErrorKind::invalid, "error parsing specified platform: \"", printable(text),
                "\" is not of the form os/architecture[/variant]");
  }
  const std::string host = oci::host_architecture();
  const bool same_os = parts.size() == 1 || parts[0] == "linux";
  const std::string& architecture = parts.size() == 1 ? parts[0] : parts[1];
  if (!same_os || (architecture != host && !(parts.size() == 1 && architecture == "linux"))) {
    throw_error(ErrorKind::unsupported, "platform ", printable(text), " does not run on this machine: it is linux/",
                host);
  }
}

}  // namespace minidock::cli
