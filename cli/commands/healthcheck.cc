// healthcheck run, and __health: what a monitor executes when its container's health check is due.
#include "cli/commands/commands.h"
#include "cli/output.h"

namespace minidock::cli {
namespace {

class HealthcheckRun : public Command {
 public:
  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    const auto health = context.engine().probe(operands[0], true);
    if (!health) {
      throw_error(ErrorKind::conflict, "container ", printable(operands[0]),
                  " ended or was paused while its health was checked");
    }
    if (health->log.back().exit_code == 0) return 0;
    print_line(engine::health_name(health->status));
    return 1;
  }
};

// Its status tells the monitor how long to wait for the next. Nobody reads its output.
class Health : public Command {
 public:
  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    const auto health = context.engine().probe(operands[0], false);
    if (!health) return 0;
    return health->status == engine::HealthStatus::starting ? monitor::kProbeStarting : monitor::kProbeSettled;
  }
};

}  // namespace

std::unique_ptr<Command> make_healthcheck_run() {
  return std::make_unique<HealthcheckRun>();
}

std::unique_ptr<Command> make_health() {
  return std::make_unique<Health>();
}

}  // namespace minidock::cli
