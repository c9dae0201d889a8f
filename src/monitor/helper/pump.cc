// The monitor's long middle: container output to the log and the clients, their input to the container.
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

#include "linux/syscalls.h"
#include "monitor/helper/monitor.h"

namespace minidock::monitor {

void Monitor::close_input() {
  input_.reset();
  link_.tell_input_closed();
}

// As docker's StdinOnce: input ends with the first client that gave it, unless that said detach, which drops it
// without coming here.
void Monitor::client_left(int index) {
  const Client* const client = clients_.at(index);
  const bool ends_input = launch_.number(kStdinOnce) != 0 && (client->launcher || client->gave_input);
  clients_.drop(index);
  if (!terminal_ && ends_input) close_input();
}

ssize_t Monitor::read_container(Fd& from, FrameKind kind) {
  ssize_t got;
  do got = read(from.get(), frame_ + kFrameHeader, kMaxPayload);
  while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN) return 0;
  if (got <= 0) {  // a terminal whose last user is gone says EIO
    from.reset();
    return 0;
  }
  const uint32_t size = static_cast<uint32_t>(got);
  log_.write(kind == FrameKind::error_output, frame_ + kFrameHeader, size);
  put_frame_header(frame_, kind, size);
  clients_.broadcast(frame_, kFrameHeader + size);
  return got;
}

// What is in the pipe or terminal now, all of it; for the time after the last process. Not what comes without end from
// one that a further process has left behind: as much as there can have been is enough.
void Monitor::drain(Fd& from, FrameKind kind) {
  constexpr int kTerminalMost = 1 << 20;
  const int capacity = fcntl(from.get(), F_GETPIPE_SZ);
  for (ssize_t left = capacity > 0 ? capacity : kTerminalMost; from && left > 0;) {
    if (!clients_.have_room()) clients_.flush_all();
    pollfd ready = {from.get(), POLLIN, 0};
    if (poll(&ready, 1, 0) <= 0 || (ready.revents & (POLLIN | POLLHUP)) == 0) return;
    left -= read_container(from, kind);
  }
}

void Monitor::flush_input() {
  const int target = terminal_ ? terminal_.get() : input_.get();
  while (target >= 0 && !to_container_.empty()) {
    const ssize_t put = write(target, to_container_.data + to_container_.done, to_container_.size - to_container_.done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) return;
    if (put < 0) {  // nobody reads any more
      close_input();
      break;
    }
    to_container_.done += static_cast<uint32_t>(put);
  }
  to_container_.size = to_container_.done = 0;
  if (input_closing_) close_input();
}

void Monitor::handle_frame(int index, FrameKind kind, const char* payload, uint32_t length) {
  switch (kind) {
    case FrameKind::input:
      clients_.at(index)->gave_input = true;
      memcpy(to_container_.data, payload, length);
      to_container_.done = 0;
      to_container_.size = length;
      flush_input();
      break;
    case FrameKind::close_input:
      if (launch_.number(kStdinOnce) == 0) break;
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
      clients_.drop(index);
      break;
    case FrameKind::take_over:
      taken_over_ = true;
      break;
    default:
      break;  // a frame of a newer client: nothing to do
  }
}

// What can be had without waiting; false at the client's end.
static bool fill_inbox(Client& client) {
  const size_t room = sizeof client.inbox - client.inbox_size;
  if (room == 0) return true;
  const ssize_t got = recv(client.fd.get(), client.inbox + client.inbox_size, room, MSG_DONTWAIT);
  if (got > 0) client.inbox_size += static_cast<uint32_t>(got);
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

void Monitor::read_client(int index) {
  Client& client = *clients_.at(index);
  if (!fill_inbox(client)) return client_left(index);
  uint32_t at = 0;
  // One input frame at a time: the next waits in the inbox until the container has taken this one.
  while (to_container_.empty() && client.inbox_size - at >= kFrameHeader) {
    const uint32_t length = frame_length(client.inbox + at);
    if (length > kMaxPayload) return client_left(index);
    if (client.inbox_size - at < kFrameHeader + length) break;
    handle_frame(index, static_cast<FrameKind>(client.inbox[at]), client.inbox + at + kFrameHeader, length);
    if (clients_.at(index) != &client) return;  // it has said detach
    at += kFrameHeader + length;
  }
  memmove(client.inbox, client.inbox + at, client.inbox_size - at);
  client.inbox_size -= at;
}

void Monitor::accept_client() {
  Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd) return;
  // security: the run directory is ours alone already; a descriptor that leaked out of it opens no door either.
  ucred peer = {};
  socklen_t size = sizeof peer;
  if (getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != geteuid()) return;
  if (const int index = clients_.add(static_cast<Fd&&>(fd), false); index >= 0)
    clients_.send(index, FrameKind::started, &started_, sizeof started_);
}

void Monitor::serve_clients(const pollfd* events) {
  for (int i = 0; i < Clients::kMost; ++i) {
    if (clients_.at(i) == nullptr) continue;
    if ((events[i].revents & POLLOUT) != 0) clients_.flush(i);
    const bool more = to_container_.empty() && clients_.at(i)->inbox_size > 0;  // not announced by poll again
    if (more || (events[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0) read_client(i);
  }
  clients_.drop_late();
}

// The shorter of two waits; -1 is for ever.
static int sooner(int one, int other) {
  return one < 0 || (other >= 0 && other < one) ? other : one;
}

// How long there is nothing to do by itself: milliseconds, -1: for ever. Does what is due: it kills a container that
// has run too long, and starts the next health check.
int Monitor::patience() {
  const int others = sooner(sooner(clients_.patience(), prober_.patience()), resolver_.patience());
  const int64_t limit = launch_.number(kRunTimeout);
  if (limit == 0) return others;
  const int64_t left = (began_ + limit - monotonic_clock()) / 1'000'000;
  if (left <= 0) {
    linux::pidfd_send_signal(pidfd_.get(), SIGKILL);
    return others;
  }
  return sooner(others, left < INT32_MAX ? static_cast<int>(left) + 1 : INT32_MAX);
}

void Monitor::serve_once() {
  enum {
    kSignals,
    kOutput,
    kError,
    kTerminalOutput,
    kInput,
    kListener,
    kFirstClient,
    kRelay = kFirstClient + Clients::kMost,
    kResolver
  };
  const bool may_read = clients_.have_room();
  const int input_fd = terminal_ ? terminal_.get() : input_.get();
  pollfd fds[kResolver + Resolver::kPollEntries] = {
      {signals_.get(), POLLIN, 0},
      {may_read ? output_.get() : -1, POLLIN, 0},
      {may_read ? error_output_.get() : -1, POLLIN, 0},
      {may_read ? terminal_.get() : -1, POLLIN, 0},
      {to_container_.empty() ? -1 : input_fd, POLLOUT, 0},
      {listener_.get(), POLLIN, 0},
  };
  for (int i = 0; i < Clients::kMost; ++i) {
    const Client* const client = clients_.at(i);
    const int events = client == nullptr ? 0 : (to_container_.empty() ? POLLIN : 0) | (client->waits() ? POLLOUT : 0);
    fds[kFirstClient + i] = {client == nullptr ? -1 : client->fd.get(), static_cast<short>(events), 0};
  }
  fds[kRelay] = {relay_.descriptor(), POLLIN, 0};
  const int wait = patience();  // order: it may open and close what the resolver waits for
  resolver_.fill(fds + kResolver);
  if (poll(fds, kResolver + Resolver::kPollEntries, wait) < 0) return;
  if (fds[kSignals].revents != 0) reap();
  if (fds[kOutput].revents != 0) read_container(output_, FrameKind::output);
  if (fds[kError].revents != 0 && clients_.have_room()) read_container(error_output_, FrameKind::error_output);
  if (fds[kTerminalOutput].revents != 0) read_container(terminal_, FrameKind::output);
  if (fds[kInput].revents != 0) flush_input();
  serve_clients(fds + kFirstClient);
  resolver_.serve(fds + kResolver);
  if (fds[kRelay].revents != 0) relay_.serve();
  if (fds[kListener].revents != 0) accept_client();
}

void Monitor::pump() {
  reap();  // it may be over already
  while (!exited_) serve_once();
  // order: what a probe has started is killed first, or the last words of those would never end.
  if (!serves_container()) remove_cgroups();
  if (output_) drain(output_, FrameKind::output);
  if (error_output_) drain(error_output_, FrameKind::error_output);
  if (terminal_) drain(terminal_, FrameKind::output);
}

}  // namespace minidock::monitor
