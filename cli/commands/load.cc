#include <unistd.h>

#include <optional>

#include "cli/commands/commands.h"
#include "cli/errors.h"
#include "cli/layer_lines.h"
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

// How far it has come, on standard error. An archive that has to be read before its layers are known has a line that
// goes away; a layer has one that stays on a terminal, as docker shows it. They come one after the other.
class LoadLines {
 public:
  LoadLines(const std::string& path, ProgressForm form) : form_(form), spooling_("Loading", path, form) {}

  void spool(uint64_t done, uint64_t total) { spooling_.update(done, total); }
  void take(const oci::DiffId& layer, uint64_t done, uint64_t total) {
    constexpr const char* kWhat = "Loading layer";
    const std::string id = layer.digest.short_hex();
    if (layer_ != layer) {
      end();
      layer_ = layer;
      on_terminal_.emplace(form_, STDERR_FILENO);
      elsewhere_.emplace(kWhat, id, form_);
    }
    if (form_ == ProgressForm::terminal) {
      on_terminal_->step({0, id, kWhat, true, done, total});
    } else {
      elsewhere_->update(done, total);
    }
  }
  // Before anything else is said.
  void end() {
    spooling_.wipe();
    layer_.reset();
  }

 private:
  ProgressForm form_;
  ProgressLine spooling_;
  std::optional<oci::DiffId> layer_;  // that is taken in
  std::optional<LayerLines> on_terminal_;
  std::optional<ProgressLine> elsewhere_;
};

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
    LoadLines lines(load_.path, form_.value_or(parse_progress_form("auto", STDERR_FILENO)));
    if (!quiet_) {
      load_.spooling = [&](uint64_t done, uint64_t total) { lines.spool(done, total); };
      load_.layer_progress = [&](const oci::DiffId& layer, uint64_t done, uint64_t total) {
        lines.take(layer, done, total);
      };
    }
    load_.loaded = [&](const store::LoadedImage& image) {
      lines.end();
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
