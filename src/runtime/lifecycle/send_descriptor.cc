#include "runtime/lifecycle/send_descriptor.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "base/error.h"
#include "base/file.h"
#include "linux/descriptor_message.h"

namespace minidock::runtime {

namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw_error(ErrorKind::invalid, "the path of a socket is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

}  // namespace

Fd connect_to_socket(const std::string& path) {
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) throw_errno("make a socket");
  // kernel: an address holds 107 bytes. By way of the opened directory only the last name counts.
  const size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  const std::string parent = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  Fd directory;
  std::string short_path = path;
  if (path.size() >= sizeof(sockaddr_un{}.sun_path)) {
    directory = open_dir(AT_FDCWD, parent);
    short_path = cat("/proc/self/fd/", directory.get(), "/", name);
  }
  const sockaddr_un address = address_of(short_path);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw_errno("connect to ", printable(path));
  return socket;
}

void send_descriptor_to(int socket, std::string_view data, int fd) {
  const ssize_t sent = linux::send_message(socket, data.data(), data.size(), fd);
  if (sent < 0) throw_errno("send a descriptor");
  if (static_cast<size_t>(sent) < data.size()) write_all(socket, data.substr(static_cast<size_t>(sent)));
}

}  // namespace minidock::runtime
