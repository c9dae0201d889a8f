#include "cli/terminal.h"

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

}  // namespace

bool is_terminal(int fd) {
  return isatty(fd) == 1;
}

WindowSize window_size(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0) return {};
  return {size.ws_row, size.ws_col};
}

RawTerminal::RawTerminal(int fd) : fd_(fd) {
  if (tcgetattr(fd, &g_settings) != 0) throw_errno("read the terminal's settings");
  g_terminal = fd;
  struct sigaction action {};
  action.sa_handler = restore_and_die;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  for (const int signal : kFatalSignals) sigaction(signal, &action, nullptr);
  termios raw = g_settings;
  cfmakeraw(&raw);
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
