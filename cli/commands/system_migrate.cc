#include <unistd.h>

#include "cli/commands/commands.h"
#include "cli/errors.h"
#include "cli/output.h"
#include "cli/progress.h"

namespace minidock::cli {
namespace {

class SystemMigrate : public Command {
 public:
  void declare(Options& options) override {
    options.text("--to", driver_);
    options.flag("--dry-run", dry_run_);
    options.flag("-q,--quiet", quiet_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    engine::Engine& engine = context.engine();
    const store::MigrationPlan plan = engine.plan_migration(driver_);
    if (!plan.needed) {
      print_line(cat("Nothing to do: the store has the storage driver ", plan.to));
      return 0;
    }
    const std::string what = cat(plan.layers, plan.layers == 1 ? " layer" : " layers", " (", human_size(plan.bytes),
                                 ") from ", plan.from, " to ", plan.to);
    if (dry_run_) {
      print_line(cat("Would migrate ", what));
      return 0;
    }
    migrate(engine, plan.to);
    if (!quiet_) print_line(cat("Migrated ", what));
    return 0;
  }

 private:
  void migrate(engine::Engine& engine, const std::string& driver) const {
    std::vector<std::string> warnings;
    {
      ProgressLine line("Migrating to", driver, parse_progress_form("auto", STDERR_FILENO));
      store::Progress progress;
      if (!quiet_) progress = [&](uint64_t done, uint64_t total) { line.update(done, total); };
      warnings = engine.migrate(driver, progress);
    }
    for (const std::string& warning : warnings) print_warning(warning);
  }

  std::string driver_;
  bool dry_run_ = false, quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_system_migrate() {
  return std::make_unique<SystemMigrate>();
}

}  // namespace minidock::cli
