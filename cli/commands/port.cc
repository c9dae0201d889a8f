#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/view/ports.h"

namespace minidock::cli {
namespace {

// "80" or "80/udp" as docker writes it back. Throws invalid.
std::string port_name(const std::string& text) {
  const size_t slash = text.find('/');
  const std::string number = text.substr(0, slash);
  const std::string protocol = slash == std::string::npos ? "tcp" : lower(text.substr(slash + 1));
  const auto value = parse_int(number);
  if (!value || *value < 0 || *value > 65535) {
    throw_error(ErrorKind::invalid, "Invalid port '", printable(number), "': give a number from 0 to 65535");
  }
  if (protocol != "tcp" && protocol != "udp" && protocol != "sctp") {
    throw_error(ErrorKind::invalid, "Invalid protocol '", printable(protocol), "': use tcp, udp or sctp");
  }
  return cat(*value, "/", protocol);
}

class Port : public Command {
 public:
  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 2);
    const engine::NetworkRecord record = context.engine().load(operands[0]).network();
    if (operands.size() == 1) {
      for (const engine::PortRecord& port : record.ports) print_line(cat(port.port, " -> ", host_port_text(port)));
      return 0;
    }
    const std::string wanted = port_name(operands[1]);
    bool found = false;
    for (const engine::PortRecord& port : record.ports) {
      if (port.port != wanted) continue;
      print_line(host_port_text(port));
      found = true;
    }
    if (found) return 0;
    throw_error(ErrorKind::not_found, "No public port '", wanted, "' published for ", printable(operands[0]));
  }
};

}  // namespace

std::unique_ptr<Command> make_port() {
  return std::make_unique<Port>();
}

}  // namespace minidock::cli
