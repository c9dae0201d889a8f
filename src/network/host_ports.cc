#include "network/host_ports.h"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace minidock::network {

namespace {

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;
};

SocketAddress socket_address(const linux::IpAddress& address, uint16_t port) {
  SocketAddress out;
  if (address.is_v6()) {
    sockaddr_in6 in = {};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    memcpy(&in.sin6_addr, address.bytes.data(), 16);
    memcpy(&out.storage, &in, out.size = sizeof in);
  } else {
    sockaddr_in in = {};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    memcpy(&in.sin_addr, address.bytes.data(), 4);
    memcpy(&out.storage, &in, out.size = sizeof in);
  }
  return out;
}

uint16_t port_of(int socket) {
  sockaddr_storage storage = {};
  socklen_t size = sizeof storage;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) throw_errno("read a socket's port");
  in_port_t port = 0;  // at the same place in both
  memcpy(&port, reinterpret_cast<const char*>(&storage) + offsetof(sockaddr_in, sin_port), sizeof port);
  return ntohs(port);
}

// The inodes of the sockets of one of the kernel's tables that have a local port (proc_net_tcp.rst).
void add_inodes(const char* table, uint16_t port, std::set<std::string>& out) {
  const std::string text = find_file_text(AT_FDCWD, table).value_or("");
  for (const std::string& line : split(text, '\n')) {
    std::vector<std::string> words = split(line, ' ');
    std::erase(words, "");
    if (words.size() < 10) continue;
    const size_t colon = words[1].rfind(':');
    if (colon == std::string::npos) continue;
    if (strtoul(words[1].c_str() + colon + 1, nullptr, 16) == port) out.insert(cat("socket:[", words[9], "]"));
  }
}

bool has_socket(const std::string& pid, const std::set<std::string>& links) {
  const std::string path = cat("/proc/", pid, "/fd");
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.c_str()), closedir);
  if (!directory) return false;
  while (const dirent* entry = readdir(directory.get())) {
    char link[64];
    const ssize_t size = readlinkat(dirfd(directory.get()), entry->d_name, link, sizeof link);
    if (size > 0 && links.contains(std::string(link, static_cast<size_t>(size)))) return true;
  }
  return false;
}

}  // namespace

std::optional<HeldPort> try_hold_port(int protocol, const linux::IpAddress& address, uint16_t port) {
  const int type = protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
  HeldPort out{Fd(socket(address.family, type | SOCK_CLOEXEC, protocol)), port};
  if (!out.socket) {
    if (protocol == IPPROTO_SCTP && port != 0) return out;
    throw_errno("hold port ", port);
  }
  if (address.is_v6()) {
    const int only = 1;
    setsockopt(out.socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
  }
  const SocketAddress at = socket_address(address, port);
  if (bind(out.socket.get(), reinterpret_cast<const sockaddr*>(&at.storage), at.size) != 0) {
    if (errno == EADDRINUSE) return std::nullopt;
    if (errno == EADDRNOTAVAIL) {
      throw_error(ErrorKind::invalid, "cannot publish port ", port, " on ", to_text(address),
                  ": this host has no such address; ip addr lists those it has");
    }
    throw_errno("hold port ", port, " on ", to_text(address));
  }
  out.port = port_of(out.socket.get());
  return out;
}

Fd listen_on(const Fd& socket) {
  constexpr int kBacklog = 128;
  if (listen(socket.get(), kBacklog) != 0 && errno != EOPNOTSUPP) throw_errno("listen at a published port");
  Fd out(fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
  if (!out) throw_errno("listen at a published port");
  return out;
}

std::optional<Fd> try_listen_on_loopback(int protocol, uint16_t port) {
  linux::IpAddress loopback;
  loopback.family = AF_INET6;
  loopback.bytes[15] = 1;
  const SocketAddress at = socket_address(loopback, port);
  const Fd socket(::socket(AF_INET6, (protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, protocol));
  if (!socket || bind(socket.get(), reinterpret_cast<const sockaddr*>(&at.storage), at.size) != 0) return std::nullopt;
  return listen_on(socket);
}

std::string find_port_user(int protocol, uint16_t port) {
  std::set<std::string> links;
  const bool udp = protocol == IPPROTO_UDP;
  for (const char* table : {udp ? "/proc/net/udp" : "/proc/net/tcp", udp ? "/proc/net/udp6" : "/proc/net/tcp6"}) {
    add_inodes(table, port, links);
  }
  if (links.empty()) return "";
  for (const std::string& name : list_dir(AT_FDCWD, "/proc")) {
    if (!parse_int(name) || !has_socket(name, links)) continue;
    const std::string command = find_file_text(AT_FDCWD, cat("/proc/", name, "/comm")).value_or("");
    return cat(printable(trim(command)), " (pid ", name, ")");
  }
  return "";
}

namespace {
// kernel: so many go with one message (SCM_MAX_FD in include/net/scm.h), and some hundred messages into a socket's
// queue.
constexpr size_t kDescriptorsAMessage = 253;

// At once or not at all: nobody will ever read what is in the queue.
void send_descriptors(int socket, const int* descriptors, size_t count) {
  union {
    cmsghdr header;
    char bytes[CMSG_SPACE(kDescriptorsAMessage * sizeof(int))];
  } control = {};
  char byte = 0;
  iovec part = {&byte, 1};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = CMSG_SPACE(count * sizeof(int));
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(count * sizeof(int));
  memcpy(CMSG_DATA(rights), descriptors, count * sizeof(int));
  if (sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) != 1) throw_errno("hold ports and names");
}
}  // namespace

Fd bundle_descriptors(const std::vector<int>& descriptors) {
  std::vector<int> held;
  for (const int descriptor : descriptors) {
    if (descriptor >= 0) held.push_back(descriptor);
  }
  if (held.empty()) return Fd();
  int ends[2];
  // kernel: what lies in a socket's queue stays open with it, whoever sent it.
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) throw_errno("hold ports and names");
  const Fd sender(ends[0]);
  Fd kept(ends[1]);
  for (size_t at = 0; at < held.size(); at += kDescriptorsAMessage) {
    send_descriptors(sender.get(), &held[at], std::min(held.size() - at, kDescriptorsAMessage));
  }
  return kept;
}

}  // namespace minidock::network
