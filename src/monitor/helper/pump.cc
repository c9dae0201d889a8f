// The monitor's long middle: container output to the log and the CLI, CLI input to the container.
// A slow CLI slows the container as a full pipe would: while its frame is not sent, no more output is read.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "monitor/helper/monitor.h"

namespace minidock::monitor {

void Monitor::drop_cli() {
  cli_.reset();
  to_cli_.size = to_cli_.done = 0;
  // As docker's StdinOnce: input ends with the client that gave it, unless it said detach (drop_cli is not called
  // then).
  if (!terminal_) input_.reset();
}

void Monitor::flush_to_cli() {
  while (cli_ && !to_cli_.empty()) {
    const ssize_t sent =
        send(cli_.get(), to_cli_.data + to_cli_.done, to_cli_.size - to_cli_.done, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) return drop_cli();
    to_cli_.done += static_cast<uint32_t>(sent);
  }
}

void Monitor::read_container(Fd& from, FrameKind kind) {
  ssize_t got;
  do got = read(from.get(), to_cli_.data + kFrameHeader, kMaxPayload);
  while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {  // a terminal whose last user is gone says EIO
    from.reset();
    return;
  }
  log_.write(kind == FrameKind::error_output, to_cli_.data + kFrameHeader, static_cast<uint32_t>(got));
  if (!cli_) return;
  put_frame_header(to_cli_.data, kind, static_cast<uint32_t>(got));
  to_cli_.done = 0;
  to_cli_.size = kFrameHeader + static_cast<uint32_t>(got);
  flush_to_cli();
}

// What is in the pipe now, all of it; for the time after the container's last process.
void Monitor::drain(Fd& from, FrameKind kind) {
  while (from) {
    while (cli_ && !to_cli_.empty()) {
      pollfd wait = {cli_.get(), POLLOUT, 0};
      poll(&wait, 1, -1);
      flush_to_cli();
    }
    pollfd ready = {from.get(), POLLIN, 0};
    if (poll(&ready, 1, 0) <= 0 || (ready.revents & (POLLIN | POLLHUP)) == 0) return;
    read_container(from, kind);
  }
}

void Monitor::flush_input() {
  const int target = terminal_ ? terminal_.get() : input_.get();
  while (target >= 0 && !to_container_.empty()) {
    const ssize_t put = write(target, to_container_.data + to_container_.done, to_container_.size - to_container_.done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) return;
    if (put < 0) {  // nobody reads any more
      input_.reset();
      break;
    }
    to_container_.done += static_cast<uint32_t>(put);
  }
  to_container_.size = to_container_.done = 0;
  if (input_closing_) input_.reset();
}

void Monitor::handle_frame(FrameKind kind, const char* payload, uint32_t length) {
  switch (kind) {
    case FrameKind::input:
      memcpy(to_container_.data, payload, length);
      to_container_.done = 0;
      to_container_.size = length;
      flush_input();
      break;
    case FrameKind::close_input:
      input_closing_ = true;
      flush_input();
      break;
    case FrameKind::resize:
      if (length == 4 && terminal_) {
        winsize size = {};
        memcpy(&size.ws_row, payload, 2);
        memcpy(&size.ws_col, payload + 2, 2);
        ioctl(terminal_.get(), TIOCSWINSZ, &size);
      }
      break;
    case FrameKind::detach:
      cli_.reset();
      break;
    case FrameKind::take_over:
      taken_over_ = true;
      break;
    default:
      break;  // a frame of a newer CLI: nothing to do
  }
}

void Monitor::read_cli() {
  const ssize_t got = recv(cli_.get(), inbox_ + inbox_size_, sizeof inbox_ - inbox_size_, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return drop_cli();
  inbox_size_ += static_cast<uint32_t>(got);
  uint32_t at = 0;
  // One input frame at a time: the next waits in the inbox until the container has taken this one.
  while (cli_ && to_container_.empty() && inbox_size_ - at >= kFrameHeader) {
    const uint32_t length = frame_length(inbox_ + at);
    if (length > kMaxPayload) return drop_cli();
    if (inbox_size_ - at < kFrameHeader + length) break;
    handle_frame(static_cast<FrameKind>(inbox_[at]), inbox_ + at + kFrameHeader, length);
    at += kFrameHeader + length;
  }
  memmove(inbox_, inbox_ + at, inbox_size_ - at);
  inbox_size_ -= at;
}

void Monitor::reap() {
  signalfd_siginfo ignored;
  while (read(signals_.get(), &ignored, sizeof ignored) > 0) {
  }
  int status = 0;
  pid_t pid;
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
    if (pid != pid_) continue;  // an orphan of a container that shares the host's pid namespace
    exited_ = true;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
}

void Monitor::pump() {
  reap();  // it may be over already
  while (!exited_) {
    const bool may_read = !cli_ || to_cli_.empty();
    const int input_fd = terminal_ ? terminal_.get() : input_.get();
    pollfd fds[6] = {
        {signals_.get(), POLLIN, 0},
        {may_read ? output_.get() : -1, POLLIN, 0},
        {may_read ? error_output_.get() : -1, POLLIN, 0},
        {may_read ? terminal_.get() : -1, POLLIN, 0},
        {cli_.get(), static_cast<short>((to_container_.empty() ? POLLIN : 0) | (to_cli_.empty() ? 0 : POLLOUT)), 0},
        {to_container_.empty() ? -1 : input_fd, POLLOUT, 0},
    };
    if (poll(fds, 6, -1) < 0) continue;
    if (fds[0].revents != 0) reap();
    if (fds[1].revents != 0) read_container(output_, FrameKind::output);
    if (fds[2].revents != 0 && (!cli_ || to_cli_.empty())) read_container(error_output_, FrameKind::error_output);
    if (fds[3].revents != 0) read_container(terminal_, FrameKind::output);
    if (fds[5].revents != 0) flush_input();
    if (cli_ && (fds[4].revents & POLLOUT) != 0) flush_to_cli();
    if (cli_ && (fds[4].revents & (POLLIN | POLLHUP | POLLERR)) != 0) read_cli();
    // Frames left in the inbox while input was pending are not announced by poll again.
    if (cli_ && fds[5].revents != 0 && inbox_size_ > 0) read_cli();
  }
  if (output_) drain(output_, FrameKind::output);
  if (error_output_) drain(error_output_, FrameKind::error_output);
  if (terminal_) drain(terminal_, FrameKind::output);
}

}  // namespace minidock::monitor
