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

int send_message(int socket, const void* data, size_t size, int fd) {
  iovec part = {const_cast<void*>(data), size};
  ControlBuffer control = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(size) ? 0 : errno;
}

// The bytes received, 0 at end of file, -1 and errno.
ssize_t receive_message(int socket, void* data, size_t size, int* fd) {
  *fd = -1;
  iovec part = {data, size};
  ControlBuffer control = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  ssize_t got;
  do got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  const cmsghdr* rights = got > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS) memcpy(fd, CMSG_DATA(rights), sizeof(int));
  return got;
}

constexpr char kGoOn = 'g';
}  // namespace

int send_report(int socket, ReportKind kind, int number) {
  Report report = {};
  report.kind = kind;
  report.number = number;
  return send_message(socket, &report, sizeof report, -1);
}

int send_descriptor(int socket, ReportKind kind, int fd) {
  Report report = {};
  report.kind = kind;
  return send_message(socket, &report, sizeof report, fd);
}

void send_failure(int socket, const Report& report) {
  (void)send_message(socket, &report, sizeof report, -1);
}

int receive_report(int socket, Report* report, int* received_fd) {
  const ssize_t got = receive_message(socket, report, sizeof *report, received_fd);
  if (got <= 0) return static_cast<int>(got);
  return got == static_cast<ssize_t>(sizeof *report) ? 1 : -1;
}

int send_letter(int socket, char letter, int fd) {
  return send_message(socket, &letter, 1, fd);
}

int receive_letter(int socket, char* letter, int* fd) {
  return static_cast<int>(receive_message(socket, letter, 1, fd));
}

int send_answer(int socket, int state) {
  return send_letter(socket, kGoOn, state);
}

int receive_answer(int socket, int* state) {
  char letter = 0;
  const int got = receive_letter(socket, &letter, state);
  if (got < 0) return errno;
  return got == 1 && letter == kGoOn ? 0 : ECONNRESET;
}

}  // namespace minidock::runtime::init
