// A setting's value as it was written down, with the place where: in a file, the environment, or an option.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace minidock::config {

// Where a value comes from. `place` is the file's path, the variable's or the option's name.
struct Origin {
  enum class Source { built_in, file, environment, option };
  Source source = Source::built_in;
  std::string place;
  unsigned line = 0, column = 0;  // from 1; of a file only

  bool given() const { return source != Source::built_in; }
  std::string text() const;  // "default", "/etc/minidock/config.toml:3", "MINIDOCK_ROOT", "--root"
};

struct Value {
  enum class Kind { text, number, flag, list, table, other };

  std::string name;  // with those of the tables around it: "log-opts.max-size", "registry.mirrors"
  std::string key;   // the last of them
  Origin origin;
  Kind kind = Kind::text;
  std::string text;  // of `other`: what it is called, "a date"
  int64_t number = 0;
  bool flag = false;
  std::vector<Value> items;  // of a list; a table's members, each with its name

  std::string shown() const;   // as TOML writes it, on one line
  std::string dotted() const;  // the name, likewise: log-opts."odd key"
  // Throws invalid: "FILE:LINE:COLUMN: NAME = VALUE: WHY", or the variable's or the option's name for the place.
  [[noreturn]] void refuse(std::string_view why) const;

  // What it is, or refuse().
  const std::string& as_text() const;
  int64_t as_number() const;
  bool as_flag() const;
  std::vector<std::string> as_texts() const;  // of a list
  const std::vector<Value>& as_list() const;
  const std::vector<Value>& as_table() const;   // its members
  const std::vector<Value>& as_tables() const;  // of a list: [[name]]
};

// `parent` is the name of the table around it; "" for none.
Value make_value(std::string_view parent, std::string_view key, const Origin& origin, Value::Kind kind);
Value text_value(std::string_view parent, std::string_view key, const Origin& origin, std::string_view text);
Value number_value(std::string_view parent, std::string_view key, const Origin& origin, int64_t number);
Value flag_value(std::string_view parent, std::string_view key, const Origin& origin, bool flag);
Value list_value(std::string_view parent, std::string_view key, const Origin& origin,
                 const std::vector<std::string>& texts);

std::string quoted(std::string_view text);  // as a basic string of TOML

}  // namespace minidock::config
