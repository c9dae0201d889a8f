#include "runtime/lifecycle/pid_file.h"

#include "base/error.h"
#include "base/file.h"
#include "runtime/lifecycle/send_descriptor.h"

namespace minidock::runtime {

void write_pid_file(const std::string& path, int pid) {
  const size_t slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  try {
    const Fd directory = open_dir(AT_FDCWD, parent);
    const std::string fresh = cat(".", name, ".", pid);
    write_file(directory.get(), fresh, cat(pid), 0644);
    rename_at(directory.get(), fresh, directory.get(), name);
  } catch (const Error& error) {
    throw error.with_context("write the pid file");
  }
}

void send_pidfd(const std::string& path, const LiveProcess& process) {
  if (process.pidfd() < 0)
    throw_error(ErrorKind::unsupported, "cannot send a pidfd: this kernel has none; leave --pidfd-socket out");
  const Fd socket = connect_to_socket(path);
  send_descriptor_to(socket.get(), "pidfd", process.pidfd());
}

}  // namespace minidock::runtime
