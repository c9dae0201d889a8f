#include "runtime/lifecycle/hand_over.h"

#include "base/error.h"
#include "base/file.h"
#include "runtime/lifecycle/bundle_source.h"
#include "runtime/lifecycle/send_descriptor.h"

namespace minidock::runtime {

void require_terminal_rule(bool terminal, bool attended, const std::string& console_socket) {
  // Both in runc's words, which callers know.
  if (terminal && !attended && console_socket.empty())
    throw_error(ErrorKind::invalid, "cannot allocate tty if runc will detach without setting console socket");
  if (!console_socket.empty() && (attended || !terminal))
    throw_error(ErrorKind::invalid, "cannot use console socket if runc will not detach or allocate tty");
}

void hand_over_terminal(Fd master, const std::string& console_socket, Fd& kept) {
  if (console_socket.empty()) {
    kept = std::move(master);
    return;
  }
  try {
    const Fd socket = connect_to_socket(console_socket);
    send_descriptor_to(socket.get(), path_of(master.get()), master.get());
  } catch (const Error& error) {
    throw error.with_context("send the terminal to the console socket");
  }
}

void hand_over_environment(oci::Spec& spec, int listen_fds, const std::string& notify_socket) {
  std::vector<std::string>& environment = spec.process.env;
  if (listen_fds > 0) {
    environment.push_back(cat("LISTEN_FDS=", listen_fds));
    environment.push_back("LISTEN_PID=1");
  }
  if (notify_socket.empty()) return;
  environment.push_back(cat("NOTIFY_SOCKET=", notify_socket));
  // An abstract address ("@…") has no file: it is reached as long as the network namespace is shared.
  if (notify_socket.starts_with('/'))
    spec.mounts.push_back({notify_socket, "bind", notify_socket, {"bind", "nosuid", "nodev", "noexec"}, {}, {}});
}

int pid_in_container(const LiveProcess& process) {
  for (const std::string& line : split(read_file(process.proc(), "status"), '\n')) {
    if (!line.starts_with("NSpid:")) continue;
    const size_t last = line.find_last_of("\t ");
    return static_cast<int>(parse_int(line.substr(last + 1)).value_or(process.pid()));
  }
  return process.pid();
}

}  // namespace minidock::runtime
