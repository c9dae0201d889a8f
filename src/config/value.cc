#include "config/value.h"

#include <algorithm>

#include "base/text.h"

namespace minidock::config {

namespace {

constexpr size_t kMostShown = 120;  // bytes of a value in a message

// A bare key stays as it is; others are quoted. Source: TOML 1.0, "Keys".
std::string key_text(std::string_view key) {
  for (const char letter : key) {
    const bool bare = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                      (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
    if (!bare) return quoted(key);
  }
  return key.empty() ? "\"\"" : std::string(key);
}

}  // namespace

std::string Origin::text() const {
  switch (source) {
    case Source::built_in:
      return "default";
    case Source::file:
      return cat(place, ":", line);
    default:
      return place;
  }
}

std::string quoted(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "\"";
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      out += cat('\\', letter);
    } else if (byte < 0x20 || byte == 0x7f) {
      out += cat("\\u00", kDigits[byte >> 4], kDigits[byte & 15]);
    } else {
      out += letter;
    }
  }
  return out + '"';
}

std::string Value::shown() const {
  std::vector<std::string> parts;
  switch (kind) {
    case Kind::text:
      return quoted(text);
    case Kind::number:
      return cat(number);
    case Kind::flag:
      return flag ? "true" : "false";
    case Kind::list:
      for (const Value& item : items) parts.push_back(item.shown());
      return cat("[", join(parts, ", "), "]");
    case Kind::table:
      for (const Value& member : items) parts.push_back(cat(key_text(member.key), " = ", member.shown()));
      return parts.empty() ? "{}" : cat("{ ", join(parts, ", "), " }");
    case Kind::other:
      break;
  }
  return text;
}

std::string Value::dotted() const {
  const std::string_view parent = std::string_view(name).substr(0, name.size() - key.size());  // with its dot
  return cat(parent, key_text(key));
}

void Value::refuse(std::string_view why) const {
  std::string where = printable(origin.place);
  if (origin.source == Origin::Source::file) where += cat(":", origin.line, ":", origin.column);
  // A value of another kind than a text shows no quotes where none were written.
  std::string what = printable(shown());
  if (what.size() > kMostShown) what = cat(printable(what.substr(0, kMostShown)), "…");
  throw_error(ErrorKind::invalid, where, ": ", printable(name), " = ", what, ": ", why);
}

const std::string& Value::as_text() const {
  if (kind != Kind::text) refuse("a text is wanted, in quotes");
  return text;
}

int64_t Value::as_number() const {
  if (kind != Kind::number) refuse("a whole number is wanted");
  return number;
}

bool Value::as_flag() const {
  if (kind != Kind::flag) refuse("true or false is wanted");
  return flag;
}

const std::vector<Value>& Value::as_list() const {
  if (kind != Kind::list) refuse("a list is wanted, in square brackets");
  return items;
}

std::vector<std::string> Value::as_texts() const {
  std::vector<std::string> texts;
  for (const Value& item : as_list()) texts.push_back(item.as_text());
  return texts;
}

const std::vector<Value>& Value::as_table() const {
  if (kind != Kind::table) refuse(cat("a table is wanted: [", name, "]"));
  return items;
}

const std::vector<Value>& Value::as_tables() const {
  const auto is_table = [](const Value& item) { return item.kind == Kind::table; };
  if (kind != Kind::list || !std::all_of(items.begin(), items.end(), is_table)) {
    refuse(cat("a list of tables is wanted, each begun by [[", name, "]]"));
  }
  return items;
}

Value make_value(std::string_view parent, std::string_view key, const Origin& origin, Value::Kind kind) {
  Value value;
  value.name = parent.empty() ? std::string(key) : cat(parent, ".", key);
  value.key = key;
  value.origin = origin;
  value.kind = kind;
  return value;
}

Value text_value(std::string_view parent, std::string_view key, const Origin& origin, std::string_view text) {
  Value value = make_value(parent, key, origin, Value::Kind::text);
  value.text = text;
  return value;
}

Value number_value(std::string_view parent, std::string_view key, const Origin& origin, int64_t number) {
  Value value = make_value(parent, key, origin, Value::Kind::number);
  value.number = number;
  return value;
}

Value flag_value(std::string_view parent, std::string_view key, const Origin& origin, bool flag) {
  Value value = make_value(parent, key, origin, Value::Kind::flag);
  value.flag = flag;
  return value;
}

Value list_value(std::string_view parent, std::string_view key, const Origin& origin,
                 const std::vector<std::string>& texts) {
  Value value = make_value(parent, key, origin, Value::Kind::list);
  for (const std::string& text : texts) value.items.push_back(text_value(parent, key, origin, text));
  return value;
}

}  // namespace minidock::config
