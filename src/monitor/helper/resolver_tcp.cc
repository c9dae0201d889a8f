// Queries by TCP: RFC 1035 section 4.2.2, two bytes of length before each message.
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/fd.h"
#include "monitor/helper/resolver.h"

namespace minidock::monitor {

namespace {

constexpr timeval kIdle = {10, 0}, kServerPatience = {2, 0};
constexpr size_t kMost = 65535;

struct Message {
  uint8_t bytes[2 + kMost];
  size_t size;  // without the length
};

void limit(int socket, const timeval& time) {
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

bool read_whole(int socket, uint8_t* out, size_t size) {
  while (size > 0) {
    const ssize_t got = recv(socket, out, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    out += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

bool receive(int socket, Message& message) {
  if (!read_whole(socket, message.bytes, 2)) return false;
  message.size = static_cast<size_t>(message.bytes[0] << 8 | message.bytes[1]);
  return read_whole(socket, message.bytes + 2, message.size);
}

bool send_whole(int socket, Message& message) {
  message.bytes[0] = static_cast<uint8_t>(message.size >> 8);
  message.bytes[1] = static_cast<uint8_t>(message.size & 0xff);
  for (size_t done = 0; done < message.size + 2;) {
    const ssize_t put = send(socket, message.bytes + done, message.size + 2 - done, MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    done += static_cast<size_t>(put);
  }
  return true;
}

// The first server that answers. `servers` is false where there is none to ask.
bool forward(const Names& names, Message& query, Message& answer, bool& servers) {
  sockaddr_storage server;
  for (int index = 0;; ++index) {
    const socklen_t length = names.find_server(index, server);
    servers = length != 0 || index > 0;
    if (length == 0) return false;
    const Fd socket(::socket(server.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) continue;
    limit(socket.get(), kServerPatience);  // connect(2) too keeps to the time for sending
    if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&server), length) != 0) continue;
    if (send_whole(socket.get(), query) && receive(socket.get(), answer) && answer.size >= kDnsHeader) return true;
  }
}

}  // namespace

void serve_connection(int connection, const Names& names) {
  static Message query, answer;
  limit(connection, kIdle);
  while (receive(connection, query)) {
    DnsQuery read;
    DnsCode code = DnsCode::ok;
    const uint8_t* const bytes = query.bytes + 2;
    const DnsParse how = parse_dns_query(bytes, query.size, read, code);
    if (how == DnsParse::dropped) return;
    if (how == DnsParse::query && !names.answer(bytes, read, answer.bytes + 2, kMost, answer.size)) {
      bool servers = false;
      if (!forward(names, query, answer, servers)) code = servers ? DnsCode::failed : DnsCode::no_such_name;
    }
    if (code != DnsCode::ok) answer.size = DnsAnswer(answer.bytes + 2, kMost, bytes, read).finish(code);
    if (!send_whole(connection, answer)) return;
  }
}

}  // namespace minidock::monitor
