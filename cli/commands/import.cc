#include <unistd.h>

#include "cli/commands/commands.h"
#include "cli/errors.h"
#include "cli/output.h"
#include "cli/progress.h"

namespace minidock::cli {
namespace {

class Import : public Command {
 public:
  void declare(Options& options) override {
    options.list("-c,--change", import_.changes);
    options.text("-m,--message", import_.message);
    options.text("--platform", import_.platform);
    options.flag("--no-name", import_.no_name);
    options.each("--progress", [this](const std::string& text) { form_ = parse_progress_form(text, STDERR_FILENO); });
    options.list("--signature", import_.signatures);
    options.flag("-q,--quiet", quiet_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    require_operands(options, operands, 0, 2);
    import_.path = operands[0];
    if (import_.path.starts_with("http://") || import_.path.starts_with("https://")) {
      throw UsageError(options.command(), "importing from a URL is not supported: fetch the file and give its name", 1);
    }
    if (operands.size() > 1) import_.reference = operands[1];
    engine::Engine::Imported imported;
    {
      ProgressLine progress("Importing", import_.path, form_.value_or(parse_progress_form("auto", STDERR_FILENO)));
      if (!quiet_) import_.progress = [&](uint64_t done, uint64_t total) { progress.update(done, total); };
      imported = context.engine().import(import_);
    }
    for (const std::string& warning : imported.result.warnings) print_warning(warning);
    if (!quiet_) explain(imported);
    print_line(imported.result.id.text());
    return 0;
  }

 private:
  // On standard error: standard output is the ID and nothing else.
  static void explain(const engine::Engine::Imported& imported) {
    const std::string& name = imported.reference;
    if (imported.result.existed) {
      const std::string tagged = imported.result.tagged && !name.empty() ? cat("; it is ", name, " now") : "";
      print_error(cat("minidock: the image is here already, nothing was stored", tagged));
    } else if (!name.empty()) {
      print_error(cat("minidock: imported as ", name));
    }
  }

  engine::Engine::ImportOptions import_;
  std::optional<ProgressForm> form_;
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_import() {
  return std::make_unique<Import>();
}

}  // namespace minidock::cli
