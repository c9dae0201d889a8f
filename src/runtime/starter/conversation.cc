#include "runtime/starter/conversation.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cstring>
#include <tuple>

#include "base/text.h"
#include "runtime/helper_process.h"

namespace minidock::runtime {

namespace {
// sun_path holds 108 bytes and a state directory's path may be longer: its descriptor's name in /proc never is.
sockaddr_un gate_address(int directory, const std::string& name) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = cat("/proc/self/fd/", directory, "/", name);
  if (path.size() >= sizeof address.sun_path) throw_error(ErrorKind::invalid, "socket name too long: ", name);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

Fd make_socket() {
  Fd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!fd) throw_errno("make a socket");
  return fd;
}

void reap(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
}
}  // namespace

Fd create_gate(int directory, const std::string& name) {
  Fd fd = make_socket();
  const sockaddr_un address = gate_address(directory, name);
  // order: the mode is the descriptor's before the name exists, so no other user ever finds it open.
  if (fchmod(fd.get(), 0600) != 0 || bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(fd.get(), 1) != 0) {
    throw_errno("make the socket ", name, " that the container waits on");
  }
  return fd;
}

Conversation Conversation::begin(const StartRequest& request) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) throw_errno("make a socket for the starter");
  Conversation conversation;
  conversation.what_ = request.what;
  conversation.socket_ = Fd(ends[0]);
  Fd starter_end(ends[1]);
  const Fd order = make_memory_file("minidock-order", encode(request.plan));
  const pid_t starter =
      spawn_helper(HelperRole::starter, {3 + request.preserved_fds, {order.get(), starter_end.get(), request.gate}});
  starter_end.reset();
  init::Report report = {};
  int fd = -1;
  int result = 0;
  while ((result = init::receive_report(conversation.socket_.get(), &report, &fd)) == 1 &&
         report.kind != init::ReportKind::cloned && report.kind != init::ReportKind::failed) {
    conversation.early_.emplace_back(report, fd);
  }
  reap(starter);
  if (result != 1) {
    throw StartFailure(ErrorKind::internal,
                       cat(request.what, ": the helper ended without a word (out of memory, or killed)"), 0, 125,
                       "launch");
  }
  if (report.kind == init::ReportKind::failed) throw failure_of(report, request.what);
  conversation.pid_ = report.number;
  return conversation;
}

Conversation Conversation::connect(int directory, const std::string& name) {
  Conversation conversation;
  conversation.socket_ = make_socket();
  const sockaddr_un address = gate_address(directory, name);
  if (::connect(conversation.socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED)
      throw_error(ErrorKind::not_found, "no process of the container waits to be started");
    throw_errno("connect to the container's process");
  }
  return conversation;
}

StartEvent Conversation::next() {
  init::Report report = {};
  int received = -1;
  int result = 1;
  if (!early_.empty()) {
    std::tie(report, received) = early_.front();
    early_.pop_front();
  } else {
    result = init::receive_report(socket_.get(), &report, &received);
  }
  StartEvent event;
  event.fd = Fd(received);
  // kernel: a peer that died with our answer unread resets the connection; that is an end like any other.
  if (result == 0 || (result < 0 && errno == ECONNRESET)) return event;
  if (result < 0) throw_errno("hear from the container's process");
  switch (report.kind) {
    case init::ReportKind::sync:
      event.kind = StartEventKind::sync;
      event.point = static_cast<SyncPoint>(report.number);
      break;
    case init::ReportKind::terminal:
      event.kind = StartEventKind::terminal;
      break;
    case init::ReportKind::listener:
      event.kind = StartEventKind::listener;
      break;
    case init::ReportKind::created:
      event.kind = StartEventKind::created;
      break;
    default:
      throw failure_of(report, what_);
  }
  return event;
}

void Conversation::answer(std::string_view state) {
  const Fd file = state.empty() ? Fd() : make_memory_file("minidock-state", state);
  const int failure = init::send_answer(socket_.get(), file.get());
  // Whoever ended instead of waiting for us has told why: next() reads it.
  if (failure != 0 && failure != EPIPE && failure != ECONNRESET)
    throw_error(ErrorKind::internal, "answer the container's process: ", errno_text(failure));
}

}  // namespace minidock::runtime
