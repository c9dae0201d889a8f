#include <sys/socket.h>
#include <sys/wait.h>

#include <cstring>

#include "linux/syscalls.h"
#include "monitor/frame.h"
#include "monitor/launch.h"

namespace minidock::monitor {

namespace {
bool receive_exactly(int fd, char* data, size_t size) {
  while (size > 0) {
    const ssize_t got = recv(fd, data, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    data += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}
}  // namespace

Session::~Session() {
  // Going before the container: its input stays open for a later attach.
  if (socket_ && !finished_) {
    char header[kFrameHeader];
    put_frame_header(header, FrameKind::detach, 0);
    (void)!send(socket_.get(), header, sizeof header, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
}

bool Session::read_frame(uint8_t& kind, std::string& payload) {
  char header[kFrameHeader];
  if (!receive_exactly(socket_.get(), header, sizeof header)) return false;
  const uint32_t length = frame_length(header);
  if (length > kMaxPayload) throw_error(ErrorKind::internal, "read from the monitor: a frame of ", length, " bytes");
  kind = static_cast<uint8_t>(header[0]);
  payload.resize(length);
  return receive_exactly(socket_.get(), payload.data(), length);
}

Event Session::read_event() {
  Event event;
  uint8_t kind = 0;
  if (!read_frame(kind, buffer_)) {
    finished_ = true;
    return event;
  }
  switch (static_cast<FrameKind>(kind)) {
    case FrameKind::output:
      event.kind = EventKind::output;
      break;
    case FrameKind::error_output:
      event.kind = EventKind::error_output;
      break;
    case FrameKind::exited: {
      ExitedPayload exited = {};
      std::memcpy(&exited, buffer_.data(), std::min(buffer_.size(), sizeof exited));
      event.kind = EventKind::exited;
      event.exit = {exited.code, exited.oom_killed != 0, exited.memory_limit, exited.memory_peak, exited.finished, ""};
      finished_ = true;
      return event;
    }
    default:
      return read_event();  // of a newer monitor: nothing for us
  }
  event.data = buffer_;
  return event;
}

void Session::send_frame(uint8_t kind, std::string_view data) {
  char frame[kFrameHeader + kMaxPayload];
  put_frame_header(frame, static_cast<FrameKind>(kind), static_cast<uint32_t>(data.size()));
  std::memcpy(frame + kFrameHeader, data.data(), data.size());
  for (size_t done = 0; done < kFrameHeader + data.size();) {
    const ssize_t sent = send(socket_.get(), frame + done, kFrameHeader + data.size() - done, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return;  // the monitor is gone: read_event() says so
    done += static_cast<size_t>(sent);
  }
}

void Session::take_over_cleanup() {
  send_frame(static_cast<uint8_t>(FrameKind::take_over), {});
}

void Session::send_input(std::string_view data) {
  while (!data.empty()) {
    const std::string_view part = data.substr(0, kMaxPayload);
    send_frame(static_cast<uint8_t>(FrameKind::input), part);
    data.remove_prefix(part.size());
  }
}

void Session::close_input() {
  send_frame(static_cast<uint8_t>(FrameKind::close_input), {});
}

void Session::send_signal(int signal) {
  // Straight to PID 1 by pidfd: a full input pipe never delays a signal.
  if (const std::optional<Fd> process = open_container_process(state_))
    linux::pidfd_send_signal(process->get(), signal);
}

void Session::resize(uint16_t rows, uint16_t columns) {
  char payload[4];
  std::memcpy(payload, &rows, 2);
  std::memcpy(payload + 2, &columns, 2);
  send_frame(static_cast<uint8_t>(FrameKind::resize), {payload, sizeof payload});
}

void Session::reap_monitor() {
  int status = 0;
  while (waitpid(monitor_pid_, &status, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace minidock::monitor
