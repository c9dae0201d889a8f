#include "engine/image_copy.h"

#include <unistd.h>

#include "cli/commands/commands.h"
#include "cli/layer_lines.h"
#include "cli/output.h"
#include "cli/registry_settings.h"

namespace minidock::cli {
namespace {

using State = engine::SentBlob::State;

std::string words_of(const engine::CopiedBlob& blob) {
  switch (blob.told.state) {
    case State::waiting:
    case State::asking:
      return "Waiting";
    case State::sending:
      return "Copying";
    case State::sent:
      return "Copied";
    case State::present:
      return "Already exists";
    case State::mounted:
      return cat("Mounted from ", blob.from);
  }
  return "";
}

class ImageCopy : public Command {
 public:
  void declare(Options& options) override {
    options.flag("--all-platforms", all_);
    options.text("--platform", copy_.platform);
    options.each("--progress", [this](const std::string& text) { form_ = parse_progress_form(text, STDOUT_FILENO); });
    options.flag("-q,--quiet", quiet_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 2, 2);
    if (all_ && !copy_.platform.empty()) {
      throw_error(ErrorKind::invalid, "conflicting options: cannot specify both --all-platforms and --platform");
    }
    copy_.source = operands[0];
    copy_.destination = operands[1];
    copy_.registry = registry_settings(context.settings());
    LayerLines lines(quiet_ ? ProgressForm::none : form_, STDOUT_FILENO);
    copy_.step = [&](const engine::CopiedBlob& blob) {
      const bool moving = blob.told.state == State::sending;
      lines.step({blob.number, blob.id, words_of(blob), moving, blob.told.done, blob.size});
    };
    const engine::CopiedImage copied = engine::copy_image(copy_);
    const std::string name = copied.name.digest ? copied.digest.text() : copied.name.tag;
    if (quiet_) {
      print_line(copied.name.canonical());
    } else {
      lines.say(cat(name, ": digest: ", copied.digest.text(), " size: ", copied.size));
    }
    return 0;
  }

 private:
  engine::ImageCopy copy_;
  bool all_ = false, quiet_ = false;
  ProgressForm form_ = parse_progress_form("auto", STDOUT_FILENO) == ProgressForm::terminal ? ProgressForm::terminal
                                                                                            : ProgressForm::plain;
};

}  // namespace

std::unique_ptr<Command> make_image_copy() {
  return std::make_unique<ImageCopy>();
}

}  // namespace minidock::cli
