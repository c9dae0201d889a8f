#include "runtime/init/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

namespace minidock::runtime::init {

namespace {
union ControlBuffer {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};
}  // namespace

int send_terminal(int socket, int master) {
  Report report = {};
  report.kind = ReportKind::terminal;
  iovec part = {&report, sizeof report};
  ControlBuffer control = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof master);
  memcpy(CMSG_DATA(rights), &master, sizeof master);
  return sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof report) ? 0 : errno;
}

void send_failure(int socket, const Report& report) {
  (void)!send(socket, &report, sizeof report, MSG_NOSIGNAL);
}

int receive_report(int socket, Report* report, int* received_fd) {
  *received_fd = -1;
  iovec part = {report, sizeof *report};
  ControlBuffer control = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  ssize_t got;
  do got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got <= 0) return static_cast<int>(got);
  const cmsghdr* rights = CMSG_FIRSTHDR(&message);
  if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS) memcpy(received_fd, CMSG_DATA(rights), sizeof(int));
  return got == static_cast<ssize_t>(sizeof *report) ? 1 : -1;
}

}  // namespace minidock::runtime::init
