// The one table of what can be set: a row each, with the variable and the option that stand for the same.
//
// To add a key: a member of Settings, a row here, a line in docs/configuration.md. A table with keys of its own has its
// Fields (fields.h) beside the row's function.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "config/settings.h"

namespace minidock::config {

struct Key {
  std::string_view name;  // in a file, at its top
  const char* variable;   // of the environment, "" for none; a list's items with commas in between
  const char* option;     // "--root"; "" for none
  Value::Kind kind;       // of the variable's value
  void (*take)(Settings& settings, const Value& value);  // throws by value.refuse()
  // Appends what it is now, under the key's `name`.
  void (*show)(const Settings& settings, std::string_view name, std::vector<Value>& values);
};

std::span<const Key> keys();

}  // namespace minidock::config
