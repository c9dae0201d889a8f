#include "cli/view/filter.h"

#include <fnmatch.h>

#include <algorithm>

#include "base/error.h"

namespace minidock::cli {

void Filters::add(const std::string& text, const std::vector<std::string_view>& known) {
  if (text.empty()) return;  // docker's: a script's variable may hold none
  const size_t equals = text.find('=');
  if (equals == std::string::npos) throw_error(ErrorKind::invalid, "bad format of filter (expected name=value)");
  const std::string name = lower(trim(text.substr(0, equals)));
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    throw_error(ErrorKind::invalid, "invalid filter '", printable(name), "'");
  }
  values_[name].emplace_back(trim(std::string_view(text).substr(equals + 1)));
}

bool Filters::labels_match(const std::map<std::string, std::string>& labels, const std::string& name) const {
  for (const std::string& wanted : values(name)) {
    const size_t equals = wanted.find('=');
    const auto found = labels.find(wanted.substr(0, equals));
    if (found == labels.end()) return false;
    if (equals != std::string::npos && found->second != wanted.substr(equals + 1)) return false;
  }
  return true;
}

const std::vector<std::string>& Filters::values(const std::string& name) const {
  static const std::vector<std::string> kNone;
  const auto found = values_.find(name);
  return found == values_.end() ? kNone : found->second;
}

bool is_true_word(std::string_view filter, const std::string& value) {
  if (value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  throw_error(ErrorKind::invalid, "invalid filter '", filter, "=", printable(value), "'");
}

bool name_matches(std::string_view name, std::string_view pattern) {
  const bool at_start = pattern.starts_with('^');
  if (at_start) pattern.remove_prefix(1);
  if (pattern.starts_with('/')) pattern.remove_prefix(1);  // docker's own spelling of a name
  const bool at_end = pattern.ends_with('$');
  if (at_end) pattern.remove_suffix(1);
  if (at_start && at_end) return name == pattern;
  if (at_start) return name.starts_with(pattern);
  return at_end ? name.ends_with(pattern) : name.find(pattern) != name.npos;
}

bool glob_matches(std::string_view text, std::string_view pattern) {
  return fnmatch(std::string(pattern).c_str(), std::string(text).c_str(), FNM_PATHNAME) == 0;
}

}  // namespace minidock::cli
