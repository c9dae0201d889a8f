// The caller's terminal: its size, and raw mode that is undone on every way out.
#pragma once

#include <termios.h>

#include <cstdint>
#include <string>

namespace minidock::cli {

bool is_terminal(int fd);

struct WindowSize {
  uint16_t rows = 0, columns = 0;  // 0: unknown
};
WindowSize window_size(int fd);

// Raw mode for as long as it lives (cfmakeraw of termios(3): no echo, no signals from keys, no translation).
// `to_display`: what the container writes goes to this terminal, too, and so is not translated either.
// Also undone when a fault or abort() kills this process: a shell left in raw mode is unusable. One at a time.
class RawTerminal {
 public:
  explicit RawTerminal(int fd, bool to_display = true);  // fd borrowed; throws what tcsetattr reports
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  // The lines that were typed before, as keys; an end of file among them is the key that gave it.
  const std::string& typed_ahead() const { return typed_ahead_; }
  void restore();  // idempotent: before messages, and before dying of a signal

 private:
  int fd_;
  std::string typed_ahead_;
  bool raw_ = true;
};

}  // namespace minidock::cli
