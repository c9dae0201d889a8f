// --filter of the lists: name=value pairs, several of one name meaning "any of", different names "and".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace minidock::cli {

class Filters {
 public:
  // Throws invalid: bad format of filter (expected name=value); invalid filter 'foo'.
  void add(const std::string& text, const std::vector<std::string_view>& known);

  bool has(const std::string& name) const { return values_.contains(name); }
  // True without values for `name`, else when `matches` holds for any of them.
  template <typename Matches>
  bool any(const std::string& name, Matches matches) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return true;
    for (const std::string& value : found->second) {
      if (matches(value)) return true;
    }
    return false;
  }
  // "key" or "key=value", all of them. `name`: the filter that has them.
  bool labels_match(const std::map<std::string, std::string>& labels, const std::string& name = "label") const;
  const std::vector<std::string>& values(const std::string& name) const;

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

// "true", "1", "false" or "0". Throws invalid: invalid filter 'dangling=x'.
bool is_true_word(std::string_view filter, const std::string& value);

// Docker's name filter without its regular expressions: a part of the name, ^ and $ tie it to the ends.
bool name_matches(std::string_view name, std::string_view pattern);

// Shell pattern where '*' stops at '/': path.Match.
bool glob_matches(std::string_view text, std::string_view pattern);

}  // namespace minidock::cli
