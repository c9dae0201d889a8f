#include "cli/terminal.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"

namespace minidock::cli {
namespace {

constexpr int kFatalSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS};

// For the handler, which may use nothing but plain memory and async-signal-safe calls.
int g_terminal = -1;
termios g_settings;

void restore_and_die(int signal) {
  if (g_terminal >= 0) tcsetattr(g_terminal, TCSANOW, &g_settings);
  ::raise(signal);  // SA_RESETHAND: the default action now
}

// kernel: an end of file that waits to be read is a NUL byte in the terminal's buffer, and one is read after the change
// to raw mode (n_tty.c); so whole lines are taken before it. Without a whole line poll does not tell of any.
std::string take_lines(int fd) {
  std::string lines;
  char buffer[4096];
  pollfd ready = {fd, POLLIN, 0};
  while (poll(&ready, 1, 0) == 1 && ready.revents == POLLIN) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count < 0) break;
    if (count == 0) lines += static_cast<char>(g_settings.c_cc[VEOF]);
    lines.append(buffer, static_cast<size_t>(count));
  }
  return lines;
}

}  // namespace

bool is_terminal(int fd) {
  return isatty(fd) == 1;
}

WindowSize window_size(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0) return {};
  return {size.ws_row, size.ws_col};
}

RawTerminal::RawTerminal(int fd, bool to_display) : fd_(fd) {
  if (tcgetattr(fd, &g_settings) != 0) throw_errno("read the terminal's settings");
  g_terminal = fd;
  struct sigaction action {};
  action.sa_handler = restore_and_die;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  for (const int signal : kFatalSignals) sigaction(signal, &action, nullptr);
  if (g_settings.c_lflag & ICANON) typed_ahead_ = take_lines(fd);
  termios raw = g_settings;
  cfmakeraw(&raw);
  // Then others write plain lines to it: `run … | less` would show them as stairs.
  if (!to_display) raw.c_oflag = g_settings.c_oflag;
  if (tcsetattr(fd, TCSANOW, &raw) != 0) throw_errno("set the terminal to raw mode");
}

RawTerminal::~RawTerminal() {
  restore();
}

void RawTerminal::restore() {
  if (!raw_) return;
  raw_ = false;
  // TCSADRAIN: what the container wrote last leaves the terminal under the settings it was written for.
  tcsetattr(fd_, TCSADRAIN, &g_settings);
  g_terminal = -1;
}

}  // namespace minidock::cli
