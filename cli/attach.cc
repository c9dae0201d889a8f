#include "cli/attach.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <optional>

#include "base/file.h"
#include "cli/detach_keys.h"
#include "cli/errors.h"
#include "cli/terminal.h"

namespace minidock::cli {
namespace {

// Faults stay with us; CHLD, PIPE and URG are not the container's business (docker leaves out the same three).
constexpr int kKept[] = {SIGSEGV, SIGBUS,  SIGILL,  SIGFPE, SIGABRT, SIGSYS,
                         SIGTRAP, SIGCHLD, SIGPIPE, SIGURG, SIGTTIN, SIGTTOU};
constexpr size_t kInputChunk = 32 << 10;

class Pump {
 public:
  Pump(monitor::Session& session, const SignalGate& gate, const AttachOptions& options)
      : session_(session), gate_(gate), options_(options), keys_(parse_detach_keys(options.detach_keys)) {
    if (options.terminal && is_terminal(STDIN_FILENO) && options.standard_input) {
      raw_.emplace(STDIN_FILENO);
      take_typed(raw_->typed_ahead());
    }
    if (options.terminal) send_size();
    input_open_ = options.standard_input;
  }

  AttachResult run() {
    while (!done_) step();
    return std::move(result_);
  }

 private:
  enum { kSession, kSignals, kInput };

  void step() {
    std::array<pollfd, 3> waiting{};
    waiting[kSession] = {session_.fd(), static_cast<short>(pending_.empty() ? POLLIN : POLLIN | POLLOUT), 0};
    waiting[kSignals] = {gate_.fd(), POLLIN, 0};
    waiting[kInput] = {input_open_ && pending_.empty() ? STDIN_FILENO : -1, POLLIN, 0};
    if (poll(waiting.data(), waiting.size(), -1) < 0) {
      if (errno == EINTR) return;
      throw_errno("wait for the container");
    }
    // Output before input: the monitor must never wait for us to read while we wait for it to take input.
    if (waiting[kSession].revents & (POLLIN | POLLHUP | POLLERR)) handle_event();
    if (!done_ && waiting[kSession].revents & POLLOUT && !pending_.empty()) send_pending();
    if (!done_ && waiting[kSignals].revents) handle_signal();
    if (!done_ && waiting[kInput].revents) read_input();
  }

  void handle_event() {
    monitor::Event event = session_.read_event();
    switch (event.kind) {
      case monitor::EventKind::output:
        if (options_.standard_output) write_output(STDOUT_FILENO, event.data);
        break;
      case monitor::EventKind::error_output:
        if (options_.standard_error) write_output(STDERR_FILENO, event.data);
        break;
      case monitor::EventKind::exited:
        finish(broken_pipe_ ? 128 + SIGPIPE : event.exit.code);
        result_.last = std::move(event);
        break;
      case monitor::EventKind::closed:
        go_on_without_monitor();
        break;
    }
  }

  // It was killed: its guard has taken over, or has already said how the container ended.
  void go_on_without_monitor() {
    engine::Reconnected next = options_.reconnect ? options_.reconnect() : engine::Reconnected{};
    result_.reconnected = true;
    if (next.session) {
      session_ = std::move(*next.session);
      if (options_.terminal) send_size();
    } else if (next.exit) {
      finish(broken_pipe_ ? 128 + SIGPIPE : next.exit->code);
      result_.last.kind = monitor::EventKind::exited;
      result_.last.exit = *next.exit;
    } else {
      throw_error(ErrorKind::internal, "the container's monitor ended without reporting; see minidock ps -a");
    }
  }

  void write_output(int fd, std::string_view data) {
    if (broken_pipe_ && fd == STDOUT_FILENO) return;
    try {
      write_all(fd, data);
    } catch (const Error& error) {
      if (fd != STDOUT_FILENO) return;
      if (error.error_number() != EPIPE) throw error.with_context("write standard output");
      broken_pipe_ = true;
      if (options_.kill_on_broken_pipe) {
        send_signal(SIGKILL);
      } else {
        finish(128 + SIGPIPE);
        result_.detached = true;
      }
    }
  }

  void handle_signal() {
    signalfd_siginfo info;
    if (read(gate_.fd(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return;
    const int signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGWINCH) {
      if (options_.terminal) send_size();
    } else if (options_.proxy_signals && !options_.terminal) {
      send_signal(signal);
    } else if (signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT) {
      finish(128 + signal);
      result_.detached = true;
    }
  }

  void read_input() {
    const ssize_t count = read(STDIN_FILENO, buffer_, sizeof buffer_);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0) {  // end, or a terminal that hung up
      input_open_ = false;
      session_.close_input();
      return;
    }
    take_typed({buffer_, static_cast<size_t>(count)});
  }

  void take_typed(std::string_view typed) {
    pending_ = options_.terminal ? keys_.filter(typed) : std::string(typed);
    if (keys_.detached()) {
      if (!pending_.empty()) session_.send_input(pending_);
      finish(0);
      result_.detached = true;
      tell("detach", {});
    }
  }

  void send_signal(int signal) {
    session_.send_signal(signal);
    tell("kill", {{"signal", cat(signal)}});
  }

  void tell(const std::string& action, const std::map<std::string, std::string>& attributes) {
    if (options_.tell) options_.tell(action, attributes);
  }

  void send_pending() {
    session_.send_input(pending_);
    pending_.clear();
  }

  void send_size() {
    const WindowSize size = window_size(is_terminal(STDOUT_FILENO) ? STDOUT_FILENO : STDIN_FILENO);
    if (size.rows == 0 || size.columns == 0) return;
    session_.resize(size.rows, size.columns);
    tell("resize", {{"height", cat(size.rows)}, {"width", cat(size.columns)}});
  }

  void finish(int code) {
    done_ = true;
    result_.exit_code = code;
    if (raw_) raw_->restore();
  }

  monitor::Session& session_;
  const SignalGate& gate_;
  const AttachOptions& options_;
  DetachKeys keys_;
  std::optional<RawTerminal> raw_;
  std::string pending_;  // input read and not yet taken by the monitor
  bool input_open_ = false, broken_pipe_ = false, done_ = false;
  AttachResult result_;
  char buffer_[kInputChunk];
};

}  // namespace

SignalGate::SignalGate() {
  sigset_t gated;
  sigfillset(&gated);
  for (const int signal : kKept) sigdelset(&gated, signal);
  sigprocmask(SIG_SETMASK, &gated, &old_mask_);
  // A reader that went away is an error of write(2) for us, not the end.
  signal(SIGPIPE, SIG_IGN);
  fd_ = Fd(signalfd(-1, &gated, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_) throw_errno("open a signal descriptor");
}

SignalGate::~SignalGate() {
  sigprocmask(SIG_SETMASK, &old_mask_, nullptr);
}

AttachResult attach(monitor::Session& session, const SignalGate& gate, const AttachOptions& options) {
  return std::make_unique<Pump>(session, gate, options)->run();
}

}  // namespace minidock::cli
