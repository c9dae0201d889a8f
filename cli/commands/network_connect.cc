#include "cli/commands/commands.h"
#include "cli/options/networks.h"

namespace minidock::cli {
namespace {

class ConnectNetwork : public Command {
 public:
  void declare(Options& options) override {
    options.text("--ip", option_.ipv4);
    options.text("--ip6", option_.ipv6);
    options.list("--alias", option_.aliases);
    options.list("--link-local-ip", option_.link_local);
    options.each("--driver-opt",
                 [this](const std::string& text) { option_.driver_options.insert(parse_driver_option(text)); });
    options.each("--gw-priority", [this](const std::string& text) { option_.priority = parse_priority(text); });
    options.refuse("--link", true, "containers of a network find each other by name; give it an --alias");
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 2, 2);
    context.engine().connect(operands[0], operands[1], option_);
    return 0;
  }

 private:
  engine::NetworkOption option_;
};

class DisconnectNetwork : public Command {
 public:
  void declare(Options& options) override { options.flag("-f,--force", force_); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 2, 2);
    context.engine().disconnect(operands[0], operands[1], force_);
    return 0;
  }

 private:
  bool force_ = false;
};

}  // namespace

std::unique_ptr<Command> make_network_connect() {
  return std::make_unique<ConnectNetwork>();
}
std::unique_ptr<Command> make_network_disconnect() {
  return std::make_unique<DisconnectNetwork>();
}

}  // namespace minidock::cli
