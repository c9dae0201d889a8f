#include "cli/options/scan.h"

#include "base/text.h"
#include "cli/errors.h"

namespace minidock::cli {
namespace {

class Scanner {
 public:
  Scanner(const std::vector<std::string>& words, const ScanRules& rules) : words_(words), rules_(rules) {}

  Scanned run() {
    while (next_ < words_.size() && !result_.help) {
      const std::string& word = words_[next_++];
      if (word == "--") {
        take_rest();
      } else if (word.starts_with("--")) {
        long_option(word);
      } else if (word.size() > 1 && word[0] == '-') {
        short_options(word);
      } else {
        result_.operands.push_back(word);
        if (rules_.end_at_first_operand) take_rest();
      }
    }
    return std::move(result_);
  }

 private:
  [[noreturn]] void fail(const std::string& message) const { throw UsageError(rules_.command, message); }

  void take_rest() {
    result_.operands.insert(result_.operands.end(), words_.begin() + static_cast<ptrdiff_t>(next_), words_.end());
    next_ = words_.size();
  }

  void long_option(const std::string& word) {
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const auto known = rules_.find(name);
    if (!known && name == "--help") {
      result_.help = true;
    } else if (!known) {
      fail(unknown_long(name));
    } else if (equals != std::string::npos) {
      result_.options.emplace_back(name, word.substr(equals + 1));
    } else if (!known->takes_value) {
      result_.options.emplace_back(name, "true");
    } else if (next_ < words_.size()) {
      result_.options.emplace_back(name, words_[next_++]);
    } else {
      fail(cat("flag needs an argument: ", name));
    }
  }

  std::string unknown_long(const std::string& name) const {
    const auto near = near_names(name, rules_.long_names);
    if (near.empty()) return cat("unknown flag: ", printable(name));
    return cat("unknown flag: ", printable(name), "; did you mean ", join(near, " or "), "?");
  }

  void short_options(const std::string& word) {
    for (size_t i = 1; i < word.size(); ++i) {
      const std::string name = cat('-', word[i]);
      const auto known = rules_.find(name);
      if (!known && name == "-h") {
        result_.help = true;
        return;
      }
      if (!known)
        fail(cat("unknown shorthand flag: '", printable(word.substr(i, 1)), "' in -", printable(word.substr(i))));
      if (i + 1 < word.size() && word[i + 1] == '=') {
        result_.options.emplace_back(name, word.substr(i + 2));
        return;
      }
      if (!known->takes_value) {
        result_.options.emplace_back(name, "true");
        continue;
      }
      if (i + 1 < word.size()) {
        result_.options.emplace_back(name, word.substr(i + 1));
      } else if (next_ < words_.size()) {
        result_.options.emplace_back(name, words_[next_++]);
      } else {
        fail(cat("flag needs an argument: '", word[i], "' in -", printable(word.substr(i))));
      }
      return;
    }
  }

  const std::vector<std::string>& words_;
  const ScanRules& rules_;
  size_t next_ = 0;
  Scanned result_;
};

}  // namespace

Scanned scan(const std::vector<std::string>& words, const ScanRules& rules) {
  return Scanner(words, rules).run();
}

}  // namespace minidock::cli
