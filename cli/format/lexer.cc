#include "cli/format/lexer.h"

#include "base/error.h"

namespace minidock::cli::format {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool is_space(char letter) {
  return kSpace.find(letter) != kSpace.npos;
}
bool is_name(char letter) {
  return isalnum(static_cast<unsigned char>(letter)) || letter == '_';
}

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    while (literal()) action();
    add(Token::Kind::end, "");
    return std::move(tokens_);
  }

 private:
  void add(Token::Kind kind, std::string value) { tokens_.push_back({kind, std::move(value), start_, spaced_}); }

  // Text up to and with the next "{{"; false at the end. "{{- " takes the white space before it away, " -}}" that
  // after.
  bool literal() {
    start_ = at_;
    const size_t open = std::min(text_.find("{{", at_), text_.size());
    std::string_view text = text_.substr(at_, open - at_);
    at_ = open;
    if (trim_left_) text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
    trim_left_ = false;
    if (open == text_.size()) {
      if (!text.empty()) add(Token::Kind::text, std::string(text));
      return false;
    }
    at_ += 2;
    if (text_.substr(at_, 1) == "-" && at_ + 1 < text_.size() && is_space(text_[at_ + 1])) {
      ++at_;
      text = text.substr(0, text.find_last_not_of(kSpace) + 1);
    }
    if (!text.empty()) add(Token::Kind::text, std::string(text));
    return true;
  }

  void action() {
    if (skip_comment()) return;
    start_ = at_;
    spaced_ = false;
    add(Token::Kind::open, "{{");
    while (!close()) token();
  }

  bool skip_comment() {
    size_t at = at_;
    while (at < text_.size() && is_space(text_[at])) ++at;
    if (text_.substr(at, 2) != "/*") return false;
    const size_t end = text_.find("*/", at + 2);
    if (end == text_.npos) fail_parse("unclosed comment");
    at_ = end + 2;
    if (!skip_close()) fail_parse("comment ends before closing delimiter");
    return true;
  }

  // "}}" or " -}}", which trims the text that follows.
  bool skip_close() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_, spaced_ = true;
    start_ = at_;
    if (spaced_ && text_.substr(at_, 3) == "-}}") {
      trim_left_ = true;
      at_ += 3;
      return true;
    }
    if (text_.substr(at_, 2) != "}}") return false;
    at_ += 2;
    return true;
  }

  bool close() {
    spaced_ = false;
    const bool closed = skip_close();
    if (closed) add(Token::Kind::close, "}}");
    if (!closed && at_ >= text_.size()) fail_parse("unclosed action");
    return closed;
  }

  std::string name() {
    const size_t from = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }

  void token() {
    start_ = at_;
    const char letter = text_[at_];
    if (letter == '.' && at_ + 1 < text_.size() && is_name(text_[at_ + 1]) && !isdigit(text_[at_ + 1])) {
      ++at_;
      add(Token::Kind::field, name());
    } else if (letter == '.') {
      ++at_;
      add(Token::Kind::dot, ".");
    } else if (letter == '$') {
      ++at_;
      add(Token::Kind::variable, cat('$', name()));
    } else if (letter == '"' || letter == '\'') {
      quoted(letter);
    } else if (letter == '`') {
      raw();
    } else if (isdigit(letter) ||
               ((letter == '-' || letter == '+') && at_ + 1 < text_.size() && isdigit(text_[at_ + 1]))) {
      number();
    } else if (is_name(letter)) {
      add(Token::Kind::word, name());
    } else {
      symbol(letter);
    }
  }

  void number() {
    const size_t from = at_++;
    while (at_ < text_.size() && (is_name(text_[at_]) || text_[at_] == '.')) ++at_;
    add(Token::Kind::number, std::string(text_.substr(from, at_ - from)));
  }

  void symbol(char letter) {
    if (text_.substr(at_, 2) == ":=") {
      at_ += 2;
      return add(Token::Kind::symbol, ":=");
    }
    if (std::string_view("()|,=").find(letter) == std::string_view::npos) {
      fail_parse(cat("unexpected \"", printable(text_.substr(at_, 1)), "\" in command"));
    }
    ++at_;
    add(Token::Kind::symbol, std::string(1, letter));
  }

  void raw() {
    const size_t end = text_.find('`', at_ + 1);
    if (end == text_.npos) fail_parse("unterminated raw quoted string");
    const std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    add(Token::Kind::string, value);
  }

  void quoted(char quote) {
    std::string value;
    for (++at_;;) {
      if (at_ >= text_.size() || text_[at_] == '\n') {
        fail_parse(quote == '"' ? "unterminated quoted string" : "unterminated character constant");
      }
      const char letter = text_[at_++];
      if (letter == quote) break;
      if (letter == '\\') {
        escape(value);
      } else {
        value += letter;
      }
    }
    if (quote == '"') return add(Token::Kind::string, value);
    if (value.size() != 1) fail_parse(cat("malformed character constant: '", printable(value), "'"));
    add(Token::Kind::character, cat(static_cast<int>(static_cast<unsigned char>(value[0]))));
  }

  void escape(std::string& value) {
    const char letter = at_ < text_.size() ? text_[at_++] : '\0';
    constexpr std::string_view kLetters = "abfnrtv\\\"'";
    constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\\"'";
    if (const size_t place = kLetters.find(letter); letter != '\0' && place != kLetters.npos) {
      value += kValues[place];
    } else if (letter == 'x' || letter == 'u') {
      const size_t digits = letter == 'x' ? 2 : 4;
      uint32_t code = 0;
      const std::string_view hex = text_.substr(at_, digits);
      const auto parsed = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
      if (hex.size() != digits || parsed.ptr != hex.data() + hex.size()) fail_parse("invalid syntax");
      at_ += digits;
      letter == 'x' ? void(value += static_cast<char>(code)) : append_utf8(value, code);
    } else {
      fail_parse("invalid syntax");
    }
  }

  std::string_view text_;
  size_t at_ = 0, start_ = 0;
  bool trim_left_ = false, spaced_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view text) {
  return Lexer(text).run();
}

void fail_parse(std::string_view message) {
  throw_error(ErrorKind::invalid, "template: :1: ", message);
}

}  // namespace minidock::cli::format
