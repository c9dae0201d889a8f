// One message over a Unix socket, with a descriptor by SCM_RIGHTS or without (unix(7)).
// Header-only and free of exceptions: the static helper uses it too.
#pragma once

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace minidock::linux {

union DescriptorControl {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

// As sendmsg(2): the bytes sent, or -1 and errno. `fd` -1: none.
inline ssize_t send_message(int socket, const void* data, size_t size, int fd) {
  iovec part = {const_cast<void*>(data), size};
  DescriptorControl control = {};
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
  return sendmsg(socket, &message, MSG_NOSIGNAL);
}

// The bytes received, 0 at end of file, -1 and errno. `fd` becomes what came along, -1: nothing; it closes on exec.
inline ssize_t receive_message(int socket, void* data, size_t size, int* fd) {
  *fd = -1;
  iovec part = {data, size};
  DescriptorControl control = {};
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

}  // namespace minidock::linux
