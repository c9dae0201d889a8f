// "org.systemd.property.NAME" annotations. Source: GVariant text format, as far as unit properties need it.
#include <algorithm>
#include <limits>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "linux/cgroup_files.h"
#include "linux/systemd_unit.h"

namespace minidock::linux {
namespace {

constexpr std::string_view kAnnotation = "org.systemd.property.";
using PropertyValue = decltype(UnitProperty::value);

// 'text' or "text", cut off the front of `rest`; escapes are not read.
std::optional<std::string> take_quoted(std::string_view& rest) {
  if (rest.empty() || (rest.front() != '\'' && rest.front() != '"')) return std::nullopt;
  const size_t end = rest.find(rest.front(), 1);
  if (end == std::string_view::npos || rest.substr(0, end).find('\\') != std::string_view::npos) return std::nullopt;
  std::string text(rest.substr(1, end - 1));
  rest = trim(rest.substr(end + 1));
  return text;
}

std::optional<PropertyValue> parse_strings(std::string_view rest) {
  std::vector<std::string> out;
  rest = trim(rest.substr(1, rest.size() - 2));
  while (!rest.empty()) {
    const auto text = take_quoted(rest);
    if (!text) return std::nullopt;
    out.push_back(*text);
    if (rest.empty()) break;
    if (rest.front() != ',') return std::nullopt;
    rest = trim(rest.substr(1));
    if (rest.empty()) return std::nullopt;
  }
  return out;
}

template <typename Number>
std::optional<PropertyValue> in_range(std::string_view text) {
  if constexpr (std::is_same_v<Number, uint64_t>) {
    const auto number = parse_unsigned(text);
    return number ? std::optional<PropertyValue>(*number) : std::nullopt;
  } else {
    const auto number = parse_int(text);
    using Limits = std::numeric_limits<Number>;
    if (!number || *number < int64_t{Limits::min()} || *number > int64_t{Limits::max()}) return std::nullopt;
    return static_cast<Number>(*number);
  }
}

// A number without a type is an int32 in GVariant's text form.
std::optional<PropertyValue> parse_number(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) return in_range<int32_t>(text);
  const std::string_view type = text.substr(0, space), digits = trim(text.substr(space));
  if (type == "int32") return in_range<int32_t>(digits);
  if (type == "uint32") return in_range<uint32_t>(digits);
  if (type == "int64") return in_range<int64_t>(digits);
  return type == "uint64" ? in_range<uint64_t>(digits) : std::nullopt;
}

std::optional<PropertyValue> parse_variant(std::string_view text) {
  text = trim(text);
  if (text == "true" || text == "false") return text == "true";
  if (text.starts_with('[') && text.ends_with(']')) return parse_strings(text);
  if (const auto quoted = take_quoted(text)) return text.empty() ? std::optional<PropertyValue>(*quoted) : std::nullopt;
  return parse_number(text);
}

// Any of the numbers as microseconds of as many seconds.
std::optional<PropertyValue> to_microseconds(const PropertyValue& seconds) {
  constexpr uint64_t kMicroseconds = 1'000'000;
  std::optional<uint64_t> whole;
  if (const auto* number = std::get_if<uint64_t>(&seconds)) whole = *number;
  if (const auto* number = std::get_if<uint32_t>(&seconds)) whole = *number;
  if (const auto* number = std::get_if<int32_t>(&seconds); number && *number >= 0) whole = *number;
  if (const auto* number = std::get_if<int64_t>(&seconds); number && *number >= 0)
    whole = static_cast<uint64_t>(*number);
  if (!whole || *whole > UINT64_MAX / kMicroseconds) return std::nullopt;
  return *whole * kMicroseconds;
}

bool is_property_name(std::string_view name) {
  return name.size() > 2 && std::all_of(name.begin(), name.end(), [](char letter) {
           return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
         });
}

}  // namespace

std::vector<UnitProperty> annotated_properties(const std::map<std::string, std::string>& annotations) {
  std::vector<UnitProperty> out;
  for (const auto& [key, text] : annotations) {
    if (!key.starts_with(kAnnotation)) continue;
    std::string name = key.substr(kAnnotation.size());
    if (!is_property_name(name))
      throw_error(ErrorKind::invalid, "annotation ", printable(key), ": a property's name has letters only");
    std::optional<PropertyValue> value = parse_variant(text);
    if (value && name.ends_with("Sec") && !name.ends_with("USec")) {
      value = to_microseconds(*value);
      name.replace(name.size() - 3, 3, "USec");
    }
    if (!value)
      throw_error(ErrorKind::invalid, "annotation ", printable(key), ": cannot read \"", printable(text),
                  "\": use a GVariant text such as true, 'text' or uint64 7");
    out.push_back({std::move(name), std::move(*value)});
  }
  return out;
}

}  // namespace minidock::linux
