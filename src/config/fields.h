// A table of TOML whose keys are known: each goes to the one that takes it, and one that nobody takes is refused.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "config/value.h"

namespace minidock::config {

template <typename Target>
struct Field {
  std::string_view name;
  void (*take)(Target& target, const Value& value);  // throws by value.refuse()
};

[[noreturn]] inline void refuse_key(const Value& member, const std::vector<std::string>& known) {
  const std::vector<std::string> near = near_names(member.key, known);
  member.refuse(cat("there is no such key", near.empty() ? "" : cat("; did you mean ", join(near, " or "), "?")));
}

template <typename Target>
void take_fields(const Value& table, std::span<const Field<Target>> fields, Target& target) {
  for (const Value& member : table.as_table()) {
    const auto field =
        std::find_if(fields.begin(), fields.end(), [&](const auto& one) { return one.name == member.key; });
    if (field == fields.end()) {
      std::vector<std::string> names;
      for (const auto& one : fields) names.emplace_back(one.name);
      refuse_key(member, names);
    }
    field->take(target, member);
  }
}

// A list of tables, each of another object, which its member `name` names: one of an earlier file with that name gives
// way. `check` throws for a table that is wrong as a whole.
template <typename Target, typename Check>
void take_tables(const Value& value, std::span<const Field<Target>> fields, std::string Target::*name, Check check,
                 std::vector<Target>& into) {
  std::vector<Target> taken;
  for (const Value& table : value.as_tables()) {
    Target target;
    target.origin = table.origin;
    take_fields<Target>(table, fields, target);
    check(target, table);
    for (const Target& other : taken) {
      if (other.*name == target.*name) table.refuse(cat("there is one for it in line ", other.origin.line, " already"));
    }
    taken.push_back(std::move(target));
  }
  for (Target& target : taken) {
    std::erase_if(into, [&](const Target& before) { return before.*name == target.*name; });
    into.push_back(std::move(target));
  }
}

}  // namespace minidock::config
