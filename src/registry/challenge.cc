#include "registry/challenge.h"

#include "base/error.h"
#include "base/text.h"

namespace minidock::registry {

namespace {

constexpr size_t kMostBytes = 8 << 10;

bool is_token_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
         (letter != 0 && std::string_view("!#$%&'*+-.^_`|~").find(letter) != std::string_view::npos);
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  bool take(char letter) {
    if (at_end() || text_[at_] != letter) return false;
    ++at_;
    return true;
  }
  bool skip_blanks() {
    const size_t before = at_;
    while (take(' ') || take('\t')) {
    }
    return at_ != before;
  }
  std::string token() {
    const size_t begin = at_;
    while (!at_end() && is_token_letter(text_[at_])) ++at_;
    if (at_ == begin) fail();
    return std::string(text_.substr(begin, at_ - begin));
  }
  std::string value() {
    if (!take('"')) return token();
    std::string out;
    while (!take('"')) {
      take('\\');
      if (at_end()) fail();
      const char letter = text_[at_++];
      // security: what comes out goes into requests of ours.
      if (static_cast<unsigned char>(letter) < ' ' || letter == 0x7f) fail();
      out += letter;
    }
    return out;
  }
  [[noreturn]] void fail() const {
    throw_error(ErrorKind::corrupt,
                "the registry's WWW-Authenticate cannot be understood: ", printable(text_.substr(0, 200)));
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::vector<Challenge> parse_challenges(std::string_view header) {
  Scanner scanner(header);
  if (header.size() > kMostBytes) scanner.fail();
  std::vector<Challenge> out;
  bool first_of_scheme = false;  // the first parameter is divided from the scheme by blanks, all others by a comma
  for (;;) {
    bool comma = false;
    for (bool more = true; more;) {
      const bool took = scanner.take(',');
      comma = comma || took;
      more = scanner.skip_blanks() || took;
    }
    if (scanner.at_end()) return out;
    if (!comma && !out.empty() && !first_of_scheme) scanner.fail();
    const std::string word = scanner.token();
    scanner.skip_blanks();
    if (!scanner.take('=')) {
      out.push_back({lower(word), {}});
      first_of_scheme = true;
      continue;
    }
    if (out.empty()) scanner.fail();
    scanner.skip_blanks();
    if (!out.back().parameters.emplace(lower(word), scanner.value()).second) scanner.fail();
    first_of_scheme = false;
  }
}

}  // namespace minidock::registry
