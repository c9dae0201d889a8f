#include <unistd.h>

#include "cli/commands/commands.h"
#include "cli/errors.h"
#include "cli/explanation.h"
#include "cli/log_defaults.h"
#include "cli/options/container_options.h"
#include "cli/output.h"
#include "cli/pull_lines.h"

namespace minidock::cli {
namespace {

class Create : public Command {
 public:
  void declare(Options& options) override { container_.declare(options); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    engine::CreateOptions create;
    engine::ContainerConfig config = build(context, options, operands);
    add_log_defaults(config, options.given("--log-driver"), context.settings());
    config.stdin_once = config.open_stdin;
    create.name = container_.name();
    create.cidfile = container_.cidfile();
    if (context.explain()) create.explain = explain_start(context);
    std::vector<std::string> warnings;
    const PullWish wish = {config.image, container_.platform(), parse_progress_form("auto", STDERR_FILENO),
                           container_.quiet(), STDERR_FILENO};
    const std::string id =
        with_image(context, container_.pull(), wish, [&] { return context.engine().create(config, create, warnings); });
    for (const std::string& warning : warnings) print_warning(warning);
    print_line(id);
    return 0;
  }

 private:
  // What is wrong with the options themselves is 125, as docker's: the store and the host have not been asked yet.
  engine::ContainerConfig build(Context& context, const Options& options, const std::vector<std::string>& operands) {
    try {
      return container_.build(options, context.settings(), operands);
    } catch (const UsageError&) {
      throw;
    } catch (const Error& error) {
      throw UsageError(options.command(), error.what());
    }
  }

  ContainerOptions container_;
};

}  // namespace

std::unique_ptr<Command> make_create() {
  return std::make_unique<Create>();
}

}  // namespace minidock::cli
