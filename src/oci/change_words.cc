#include "oci/change_words.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/text.h"

namespace minidock::oci {

namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool is_space(char letter) {
  return kSpace.find(letter) != std::string_view::npos;
}
bool is_name_letter(char letter) {
  return letter == '_' || (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
         (letter >= 'A' && letter <= 'Z');
}

// Of the instruction's own environment only: the host's is none of the image's business.
std::optional<std::string> find_variable(std::string_view name, const std::vector<std::string>& env) {
  for (const std::string& entry : env) {
    if (!entry.starts_with(name) || entry.size() == name.size() || entry[name.size()] != '=') continue;
    return entry.substr(name.size() + 1);
  }
  return std::nullopt;
}

// Reads one word from left to right; `at_` is the next letter.
class WordReader {
 public:
  WordReader(std::string_view word, const std::vector<std::string>& env) : word_(word), env_(env) {}

  std::string read() {
    std::string out;
    while (at_ < word_.size()) {
      const char letter = word_[at_++];
      if (letter == '\'')
        out += single_quoted();
      else if (letter == '"')
        out += double_quoted();
      else if (letter == '\\')
        out += escaped();
      else if (letter == '$')
        out += variable();
      else
        out += letter;
    }
    return out;
  }

 private:
  [[noreturn]] void refuse(std::string_view complaint) const {
    throw_error(ErrorKind::invalid, "cannot read word ", printable(word_), ": ", complaint);
  }

  std::string single_quoted() {
    const size_t end = word_.find('\'', at_);
    if (end == std::string_view::npos) refuse("the single quote is not closed");
    std::string out(word_.substr(at_, end - at_));
    at_ = end + 1;
    return out;
  }

  std::string double_quoted() {
    std::string out;
    while (at_ < word_.size()) {
      const char letter = word_[at_++];
      if (letter == '"') return out;
      if (letter == '$')
        out += variable();
      else if (letter == '\\' && escapable())
        out += word_[at_++];
      else
        out += letter;
    }
    refuse("the double quote is not closed");
  }

  // Inside double quotes a backslash before any other letter stands for itself.
  bool escapable() const {
    return at_ < word_.size() && std::string_view("\"$\\").find(word_[at_]) != std::string_view::npos;
  }

  std::string escaped() { return at_ < word_.size() ? std::string(1, word_[at_++]) : std::string(); }

  std::string variable() {
    const bool braced = at_ < word_.size() && word_[at_] == '{';
    if (braced) ++at_;
    const size_t start = at_;
    while (at_ < word_.size() && is_name_letter(word_[at_])) ++at_;
    const std::string_view name = word_.substr(start, at_ - start);
    if (!braced && name.empty()) return "$";  // a price, not a name
    if (name.empty()) refuse("${ without a name");
    const std::string value = find_variable(name, env_).value_or("");
    return braced ? modified(value) : value;
  }

  // After "${NAME": "}" or ":-text}" or ":+text}".
  std::string modified(const std::string& value) {
    const size_t end = word_.find('}', at_);
    if (end == std::string_view::npos) refuse("${ is not closed");
    const std::string_view modifier = word_.substr(at_, end - at_);
    at_ = end + 1;
    if (modifier.empty()) return value;
    const std::string other = WordReader(modifier.substr(std::min<size_t>(2, modifier.size())), env_).read();
    if (modifier.starts_with(":-")) return value.empty() ? other : value;
    if (modifier.starts_with(":+")) return value.empty() ? "" : other;
    refuse("only ${NAME:-text} and ${NAME:+text} are known");
  }

  std::string_view word_;
  const std::vector<std::string>& env_;
  size_t at_ = 0;
};

}  // namespace

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (quote == 0 && is_space(letter)) {
      if (!word.empty()) words.push_back(std::exchange(word, {}));
      continue;
    }
    word += letter;
    if (letter == '\\' && quote != '\'' && i + 1 < text.size())
      word += text[++i];
    else if (quote == 0 && (letter == '"' || letter == '\''))
      quote = letter;
    else if (letter == quote)
      quote = 0;
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::string expand_word(std::string_view word, const std::vector<std::string>& env) {
  return WordReader(word, env).read();
}

std::vector<std::pair<std::string, std::string>> parse_pairs(std::string_view verb, std::string_view text,
                                                             const std::vector<std::string>& env) {
  const std::vector<std::string> words = split_words(text);
  if (words.empty()) throw_error(ErrorKind::invalid, verb, " requires at least one argument");
  std::vector<std::pair<std::string, std::string>> pairs;
  const auto add = [&](std::string_view name, std::string_view value) {
    pairs.emplace_back(expand_word(name, env), expand_word(value, env));
    if (pairs.back().first.empty()) throw_error(ErrorKind::invalid, verb, " names can not be blank");
  };
  // The older form has one pair, and all that follows the name is its value, blanks included.
  if (words.front().find('=') == std::string::npos) {
    const std::string_view rest = trim(text.substr(text.find(words.front()) + words.front().size()));
    if (rest.empty()) throw_error(ErrorKind::invalid, verb, " must have two arguments");
    add(words.front(), rest);
    return pairs;
  }
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos) {
      throw_error(ErrorKind::invalid, "Syntax error - can't find = in \"", printable(word),
                  "\". Must be of the form: name=value");
    }
    add(std::string_view(word).substr(0, equals), std::string_view(word).substr(equals + 1));
  }
  return pairs;
}

}  // namespace minidock::oci
