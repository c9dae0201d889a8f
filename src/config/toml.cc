#include "config/toml.h"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "base/text.h"

namespace minidock::config {

namespace {

Origin origin_of(const toml::source_region& region, const std::string& path) {
  return {Origin::Source::file, path, region.begin.line, region.begin.column};
}

const char* words_for(toml::node_type type) {
  switch (type) {
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::date:
      return "a date";
    case toml::node_type::time:
      return "a time";
    default:
      return "a date and time";
  }
}

Value value_of(const toml::node& node, std::string_view parent, std::string_view key, const Origin& origin) {
  if (const auto* text = node.as_string()) return text_value(parent, key, origin, text->get());
  if (const auto* number = node.as_integer()) return number_value(parent, key, origin, number->get());
  if (const auto* flag = node.as_boolean()) return flag_value(parent, key, origin, flag->get());
  Value value = make_value(parent, key, origin, Value::Kind::other);
  if (const auto* list = node.as_array()) {
    value.kind = Value::Kind::list;
    for (const toml::node& item : *list) {
      value.items.push_back(value_of(item, parent, key, origin_of(item.source(), origin.place)));
    }
  } else if (const auto* table = node.as_table()) {
    value.kind = Value::Kind::table;
    for (const auto& [its_key, member] : *table) {
      value.items.push_back(value_of(member, value.name, its_key.str(), origin_of(its_key.source(), origin.place)));
    }
  } else {
    value.text = words_for(node.type());
  }
  return value;
}

}  // namespace

Value parse_toml(std::string_view document, const std::string& path) {
  const toml::parse_result result = toml::parse(document, path);
  if (!result) {
    const Origin at = origin_of(result.error().source(), path);
    throw_error(ErrorKind::invalid, path, ":", at.line, ":", at.column, ": ", printable(result.error().description()));
  }
  return value_of(result.table(), "", "", {Origin::Source::file, path, 1, 1});
}

}  // namespace minidock::config
