#include "runtime/lifecycle/seccomp_agent.h"

#include <nlohmann/json.hpp>

#include "oci/json_fields.h"
#include "runtime/lifecycle/send_descriptor.h"

namespace minidock::runtime {

void send_to_seccomp_agent(const oci::Seccomp& seccomp, int listener, int pid, const oci::State& state) {
  const nlohmann::json message = {{"ociVersion", state.oci_version},
                                  {"fds", {"seccompFd"}},
                                  {"pid", pid},
                                  {"metadata", seccomp.listener_metadata},
                                  {"state", nlohmann::json::parse(oci::to_json(state))}};
  try {
    const Fd socket = connect_to_socket(seccomp.listener_path);
    send_descriptor_to(socket.get(), oci::dump_json(message), listener);
  } catch (const Error& error) {
    throw error.with_context("failed to connect with seccomp agent");
  }
}

}  // namespace minidock::runtime
