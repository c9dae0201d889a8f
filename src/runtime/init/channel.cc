#include "runtime/init/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "linux/descriptor_message.h"

namespace minidock::runtime::init {

namespace {
using linux::receive_message;

int send_message(int socket, const void* data, size_t size, int fd) {
  return linux::send_message(socket, data, size, fd) == static_cast<ssize_t>(size) ? 0 : errno;
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
