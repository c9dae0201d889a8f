// The container's place on networks. The monitor makes the wires while init mounts; init waits for them as late as it
// can.
#include "runtime/builder.h"

namespace minidock::runtime {

void plan_host_network(Builder& builder, const Bundle& bundle) {
  for (const NetworkRequest& request : bundle.host_network) {
    builder.monitor(Op::ask_network, request.name, request.why, {request.messages},
                    {request.protocol, request.pid_place});
  }
}

void plan_own_network(Builder& builder, const Bundle& bundle) {
  if (!bundle.host_network.empty()) {
    builder.init(Op::await_host, "wait for the host's end of the network",
                 "the monitor has made it meanwhile, from outside");
  }
  for (const auto& [key, value] : bundle.network_settings) {
    builder.init(Op::sysctl, cat("set ", key, " to ", value), "before the interface is up and takes part",
                 {key, value});
  }
  for (const NetworkRequest& request : bundle.own_network) {
    builder.init(Op::ask_network, request.name, request.why, {request.messages}, {request.protocol, request.pid_place});
  }
}

}  // namespace minidock::runtime
