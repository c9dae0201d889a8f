#include "linux/network_namespace.h"

#include <sched.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/child.h"

namespace minidock::linux {

namespace {
// kernel: /proc/sys/net shows the namespace of whoever opens it.
void set(const std::string& name, const std::string& value) {
  std::string path = "/proc/sys/" + name;
  std::replace(path.begin(), path.end(), '.', '/');
  write_all(open_file(AT_FDCWD, path, O_WRONLY).get(), value);
}
}  // namespace

NetlinkSocket open_netlink_in(int network, int protocol, const std::map<std::string, std::string>& settings) {
  Fd socket = fd_from_child([&] {
    if (::setns(network, CLONE_NEWNET) != 0) throw_errno("enter the container's network namespace");
    for (const auto& [name, value] : settings) set(name, value);
    Fd out = open_netlink(protocol);
    if (!out) throw_errno("open a netlink socket in the container's network namespace");
    return out;
  });
  return NetlinkSocket::of(std::move(socket));
}

}  // namespace minidock::linux
