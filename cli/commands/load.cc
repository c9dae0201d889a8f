#include <unistd.h>

#include "cli/commands/commands.h"
#include "cli/errors.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/terminal.h"

namespace minidock::cli {
namespace {

// In docker's lines.
void tell(const store::LoadedImage& image) {
  for (const auto& [reference, other] : image.moved) {
    print_line(cat("The image ", reference.familiar(), " already exists, renaming the old one with ID ", other.text(),
                   " to empty string"));
  }
  for (const oci::Reference& reference : image.references) print_line(cat("Loaded image: ", reference.familiar()));
  if (image.references.empty()) print_line(cat("Loaded image ID: ", image.id.text()));
}

class Load : public Command {
 public:
  void declare(Options& options) override {
    options.text("-i,--input", input_);
    options.text("--platform", load_.platform);
    options.each("--progress", [this](const std::string& text) { form_ = parse_progress_form(text, STDERR_FILENO); });
    options.list("--signature", load_.signatures);
    options.flag("-q,--quiet", quiet_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    if (input_.empty() && is_terminal(STDIN_FILENO)) {
      throw_error(ErrorKind::invalid, "requested load from stdin, but stdin is empty");
    }
    load_.path = input_.empty() ? "-" : input_;
    ProgressLine progress("Loading", load_.path, form_.value_or(parse_progress_form("auto", STDERR_FILENO)));
    if (!quiet_) load_.progress = [&](uint64_t done, uint64_t total) { progress.update(done, total); };
    load_.loaded = [&](const store::LoadedImage& image) {
      progress.wipe();
      for (const std::string& warning : image.warnings) print_warning(warning);
      tell(image);
      flush_output();  // it is there, whatever becomes of the next
    };
    context.engine().load_images(load_);
    return 0;
  }

 private:
  engine::Engine::LoadOptions load_;
  std::string input_;
  std::optional<ProgressForm> form_;
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_load() {
  return std::make_unique<Load>();
}

}  // namespace minidock::cli
