#include <cstdio>

#include "base/error.h"
#include "cli/format/functions.h"

namespace minidock::cli::format {
namespace {

bool all_strings(const Json& object) {
  for (const auto& [key, value] : object.items()) {
    if (!value.is_string()) return false;
  }
  return true;
}

std::string number_text(const Json& value) {
  if (!value.is_number_float()) return value.dump();
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%g", value.get<double>());
  return buffer;
}

std::string quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string hex_text(const Json& value, bool upper_case) {
  char buffer[24];
  if (value.is_number_integer()) {
    std::snprintf(buffer, sizeof buffer, upper_case ? "%llX" : "%llx", value.get<long long>());
    return buffer;
  }
  const std::string text = to_text(value);
  return to_hex(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

std::string fraction_text(const Json& value, char verb, int precision) {
  if (!value.is_number()) return cat("%!", verb, "(", to_text(value), ")");
  char buffer[400];
  const char format[] = {'%', '.', '*', verb, '\0'};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  std::snprintf(buffer, sizeof buffer, format, precision < 0 ? 6 : precision, value.get<double>());
#pragma GCC diagnostic pop
  return buffer;
}

struct Verb {
  bool left = false, zeros = false, plus = false;
  size_t width = 0;
  int precision = -1;
  char letter = '\0';
};

std::string verb_text(const Verb& verb, const Json& value) {
  std::string text;
  switch (verb.letter) {
    case 'v':
      text = to_text(value);
      break;
    case 's':
      text = value.is_number() || value.is_boolean() ? cat("%!s(", to_text(value), ")") : to_text(value);
      break;
    case 'd':
      text = value.is_number_integer() ? value.dump() : cat("%!d(", to_text(value), ")");
      break;
    case 'q':
      text = quoted(to_text(value));
      break;
    case 't':
      text = value.is_boolean() ? value.dump() : cat("%!t(", to_text(value), ")");
      break;
    case 'x':
    case 'X':
      text = hex_text(value, verb.letter == 'X');
      break;
    case 'f':
    case 'g':
    case 'e':
      return fraction_text(value, verb.letter, verb.precision);
    default:
      return cat("%!", verb.letter, "(", to_text(value), ")");
  }
  const bool is_text = verb.letter == 's' || verb.letter == 'v' || verb.letter == 'q';
  if (is_text && verb.precision >= 0) text = text.substr(0, static_cast<size_t>(verb.precision));
  if (verb.plus && verb.letter == 'd' && text[0] != '-') text.insert(0, "+");
  return text;
}

std::string padded(const Verb& verb, std::string text) {
  if (text.size() >= verb.width) return text;
  const size_t missing = verb.width - text.size();
  if (verb.left) return text + std::string(missing, ' ');
  const size_t sign = verb.zeros && !text.empty() && text[0] == '-' ? 1 : 0;
  text.insert(verb.zeros ? sign : 0, missing, verb.zeros ? '0' : ' ');
  return text;
}

// The verb after a '%' at `at`, which ends behind it.
Verb parse_verb(const std::string& format, size_t& at) {
  Verb verb;
  for (; at < format.size(); ++at) {
    if (format[at] == '-') {
      verb.left = true;
    } else if (format[at] == '0') {
      verb.zeros = true;
    } else if (format[at] == '+') {
      verb.plus = true;
    } else if (format[at] != ' ' && format[at] != '#') {
      break;
    }
  }
  const auto digits = [&] {
    size_t value = 0;
    for (; at < format.size() && isdigit(static_cast<unsigned char>(format[at])); ++at) {
      value = std::min<size_t>(value * 10 + static_cast<size_t>(format[at] - '0'), 1000);
    }
    return value;
  };
  verb.width = digits();
  if (at < format.size() && format[at] == '.') {
    ++at;
    verb.precision = static_cast<int>(digits());
  }
  if (at < format.size()) verb.letter = format[at++];
  return verb;
}

}  // namespace

std::string to_text(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "<no value>";
    case Json::value_t::string:
      return value.get<std::string>();
    case Json::value_t::array: {
      std::string text = "[";
      for (const Json& item : value) text += cat(text.size() > 1 ? " " : "", to_text(item));
      return text + "]";
    }
    case Json::value_t::object: {
      if (!all_strings(value)) return to_json_text(value);
      std::vector<std::string> pairs;
      for (const auto& [key, item] : value.items()) pairs.push_back(cat(key, ":", item.get<std::string>()));
      std::sort(pairs.begin(), pairs.end());
      return cat("map[", join(pairs, " "), "]");
    }
    default:
      return value.is_number() ? number_text(value) : value.dump();
  }
}

std::string to_json_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string print_formatted(const std::vector<Json>& arguments) {
  if (arguments.empty() || !arguments[0].is_string())
    throw_error(ErrorKind::invalid, "wrong type for value; expected string");
  const std::string format = arguments[0].get<std::string>();
  std::string out;
  size_t used = 1;
  for (size_t at = 0; at < format.size();) {
    if (format[at] != '%') {
      out += format[at++];
      continue;
    }
    const Verb verb = parse_verb(format, ++at);
    if (verb.letter == '%') {
      out += '%';
    } else if (verb.letter == '\0') {
      out += "%!(NOVERB)";
    } else if (used >= arguments.size()) {
      out += cat("%!", verb.letter, "(MISSING)");
    } else {
      out += padded(verb, verb_text(verb, arguments[used++]));
    }
  }
  if (used < arguments.size()) {
    std::vector<std::string> extra;
    for (; used < arguments.size(); ++used) extra.push_back(to_text(arguments[used]));
    out += cat("%!(EXTRA ", join(extra, ", "), ")");
  }
  return out;
}

}  // namespace minidock::cli::format
