#include "cli/runtime/attend.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "cli/terminal.h"

namespace minidock::cli {
namespace {

// Faults stay with us, and what tells about our own pipes, sockets and terminal.
constexpr int kOwnSignals[] = {SIGSEGV, SIGBUS,  SIGILL, SIGFPE,  SIGABRT, SIGSYS,
                               SIGTRAP, SIGPIPE, SIGURG, SIGTTIN, SIGTTOU};

class Attended {
 public:
  Attended(int signals, const runtime::ProcessIdentity& process, Fd terminal)
      : signals_(signals), identity_(process), terminal_(std::move(terminal)) {
    if (!terminal_) return;
    copy_size();
    input_open_ = true;
    if (!is_terminal(STDIN_FILENO)) return;
    raw_.emplace(STDIN_FILENO, is_terminal(STDOUT_FILENO));
    pending_ = raw_->typed_ahead();
  }

  int run() {
    reap();  // it may have ended before the signal was looked for
    while (!status_) step();
    while (terminal_ && copy_output()) {
    }
    raw_.reset();
    return WIFSIGNALED(*status_) ? 128 + WTERMSIG(*status_) : WEXITSTATUS(*status_);
  }

 private:
  void step() {
    std::array<pollfd, 3> waiting{};
    const bool wants_input = terminal_ && input_open_ && pending_.empty();
    waiting[0] = {signals_, POLLIN, 0};
    waiting[1] = {terminal_.get(), static_cast<short>(pending_.empty() ? POLLIN : POLLIN | POLLOUT), 0};
    waiting[2] = {wants_input ? STDIN_FILENO : -1, POLLIN, 0};
    if (poll(waiting.data(), waiting.size(), -1) < 0) {
      if (errno == EINTR) return;
      throw_errno("wait for the container's process");
    }
    if (waiting[1].revents & (POLLIN | POLLHUP | POLLERR)) copy_output();
    if (terminal_ && waiting[1].revents & POLLOUT) send_pending();
    if (waiting[2].revents) read_input();
    if (waiting[0].revents) take_signal();
  }

  void take_signal() {
    signalfd_siginfo info;
    if (read(signals_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return;
    const int signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGCHLD) {
      reap();
    } else if (signal == SIGWINCH && terminal_) {
      copy_size();
    } else if (!status_) {
      // It is our child and not waited for: the number is its own. race: it may be a zombie, to which signals do
      // nothing.
      ::kill(identity_.pid, signal);
    }
  }

  // All that ended: the process, and orphans of it that became ours.
  void reap() {
    int status = 0;
    pid_t pid = 0;
    while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
      if (pid == identity_.pid) status_ = status;
    }
    if (pid < 0 && errno == ECHILD && !status_)
      throw_error(ErrorKind::internal, "the container's process ended without telling its status");
  }

  // False when there is nothing more at the moment, or for good.
  bool copy_output() {
    pollfd ready = {terminal_.get(), POLLIN, 0};
    if (poll(&ready, 1, 0) <= 0) return false;
    const ssize_t count = read(terminal_.get(), buffer_, sizeof buffer_);
    if (count > 0) {
      write_all(STDOUT_FILENO, {buffer_, static_cast<size_t>(count)});
      return true;
    }
    // kernel: EIO when the last process has closed the other end.
    if (count == 0 || (errno != EINTR && errno != EAGAIN)) terminal_.reset();
    return false;
  }

  void read_input() {
    const ssize_t count = read(STDIN_FILENO, buffer_, sizeof buffer_);
    if (count > 0) pending_.assign(buffer_, static_cast<size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) input_open_ = false;
  }

  void send_pending() {
    const ssize_t count = write(terminal_.get(), pending_.data(), pending_.size());
    if (count > 0) pending_.erase(0, static_cast<size_t>(count));
  }

  void copy_size() {
    winsize size{};
    const int ours = is_terminal(STDOUT_FILENO) ? STDOUT_FILENO : STDIN_FILENO;
    if (ioctl(ours, TIOCGWINSZ, &size) == 0) ioctl(terminal_.get(), TIOCSWINSZ, &size);
  }

  int signals_;
  runtime::ProcessIdentity identity_;
  Fd terminal_;
  std::optional<RawTerminal> raw_;
  bool input_open_ = false;
  std::string pending_;  // typed, and not yet taken by the terminal
  std::optional<int> status_;
  char buffer_[32 << 10];
};

}  // namespace

Attendance::Attendance() {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) throw_errno("become the reaper of the container's process");
  sigset_t held;
  sigfillset(&held);
  for (const int signal : kOwnSignals) sigdelset(&held, signal);
  sigprocmask(SIG_SETMASK, &held, &old_mask_);
  signals_ = Fd(signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) throw_errno("open a signal descriptor");
}

Attendance::~Attendance() {
  sigprocmask(SIG_SETMASK, &old_mask_, nullptr);
}

void Attendance::stop_reaping_orphans() {
  prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

int Attendance::attend(const runtime::ProcessIdentity& process, Fd terminal) {
  return std::make_unique<Attended>(signals_.get(), process, std::move(terminal))->run();
}

}  // namespace minidock::cli
