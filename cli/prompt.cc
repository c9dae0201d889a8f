#include "cli/prompt.h"

#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/errors.h"
#include "cli/output.h"
#include "cli/terminal.h"

namespace minidock::cli {

namespace {

// Keys of the terminal, as it is in raw mode: what was typed ahead comes first.
class Keys {
 public:
  explicit Keys(const std::string& typed_ahead) : ahead_(typed_ahead) {}
  // False at the end of file.
  bool next(char& key) {
    if (at_ < ahead_.size()) {
      key = ahead_[at_++];
      return true;
    }
    return read_some(STDIN_FILENO, &key, 1) == 1;
  }

 private:
  const std::string& ahead_;
  size_t at_ = 0;
};

std::string read_secret(Keys keys) {
  constexpr char kInterrupt = 3, kEnd = 4, kBackspace = 8, kKill = 21, kDelete = 127;
  std::string secret;
  for (char key = 0; keys.next(key);) {
    if (key == '\r' || key == '\n') break;
    if (key == kInterrupt) throw ExitWith{130};
    if (key == kEnd && secret.empty()) break;
    if (key == kKill) {
      secret.clear();
    } else if (key == kBackspace || key == kDelete) {
      if (!secret.empty()) secret.pop_back();
    } else {
      secret += key;
    }
  }
  return secret;
}

}  // namespace

std::string ask_line(const std::string& question) {
  print(question);
  flush_output();
  std::string answer;
  for (char letter = '\0'; read_some(STDIN_FILENO, &letter, 1) == 1 && letter != '\n';) answer += letter;
  return answer;
}

std::string ask_secret(const std::string& question) {
  std::string secret;
  {
    // order: who answers as soon as the question is there must not find the terminal still showing what is typed.
    const RawTerminal terminal(STDIN_FILENO);
    print(question);
    flush_output();
    secret = read_secret(Keys(terminal.typed_ahead()));
  }
  print_line("");
  flush_output();
  return secret;
}

}  // namespace minidock::cli
