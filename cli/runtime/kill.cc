#include <csignal>

#include "base/signals.h"
#include "cli/runtime/settings.h"
#include "cli/runtime/verbs.h"
#include "runtime/lifecycle/container.h"

namespace minidock::cli {
namespace {

int parse_runtime_signal(const std::string& text) {
  if (text == "0") return 0;  // kill(2): only looks whether there is anybody
  try {
    return parse_signal(text);
  } catch (const Error&) {
    throw_error(ErrorKind::invalid, "unknown signal \"", printable(text), "\"");
  }
}

class RuntimeKill : public Command {
 public:
  void declare(Options& options) override { options.flag("-a,--all", all_); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 2);
    const int signal = operands.size() > 1 ? parse_runtime_signal(operands[1]) : SIGTERM;
    auto container = runtime::Container::load(context.runtime().state_root(), operands[0]);
    container.kill(signal, all_ ? runtime::KillScope::all : runtime::KillScope::init);
    return 0;
  }

 private:
  bool all_ = false;
};

}  // namespace

std::unique_ptr<Command> make_runtime_kill() {
  return std::make_unique<RuntimeKill>();
}

}  // namespace minidock::cli
