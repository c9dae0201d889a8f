#include <unistd.h>

#include "cli/commands/commands.h"
#include "cli/errors.h"
#include "cli/layer_lines.h"
#include "cli/output.h"
#include "cli/registry_settings.h"

namespace minidock::cli {
namespace {

using State = engine::PushStep::State;

std::string words_of(const engine::PushStep& step) {
  switch (step.state) {
    case State::preparing:
      return "Preparing";
    case State::waiting:
      return "Waiting";
    case State::pushing:
      return "Pushing";
    case State::pushed:
      return "Pushed";
    case State::present:
      return "Layer already exists";
    case State::mounted:
      return cat("Mounted from ", step.from);
  }
  return "";
}

bool parse_docker_format(const std::string& text) {
  if (text == "oci") return false;
  if (text == "v2s2") return true;
  throw_error(ErrorKind::invalid, "unknown format \"", printable(text), "\": use oci or v2s2");
}

class Push : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-a,--all-tags", push_.all_tags);
    options.flag("-q,--quiet", quiet_);
    options.flag("--disable-content-trust", untrusted_);
    options.text("--platform", push_.platform);
    options.each("--format", [this](const std::string& text) { push_.docker_format = parse_docker_format(text); });
    options.each("--progress", [this](const std::string& text) { form_ = parse_progress_form(text, STDOUT_FILENO); });
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    if (!untrusted_) {
      throw_error(ErrorKind::unsupported,
                  "images are not signed here: there is no content trust; sign what was pushed");
    }
    const oci::Reference reference = oci::parse_reference(operands[0]);
    const bool has_tag = operands[0].ends_with(cat(":", reference.tag));
    if (push_.all_tags && (has_tag || reference.digest)) {
      throw_error(ErrorKind::invalid, "tag can't be used with --all-tags/-a");
    }
    LayerLines head(form_, STDOUT_FILENO);
    if (!push_.all_tags && !has_tag && !reference.digest && !quiet_) {
      head.say(cat("Using default tag: ", reference.tag));
    }
    push_.reference = operands[0];
    push_.registry = registry_settings(context.settings());
    if (!quiet_) show(head);
    context.engine().push_images(push_);
    if (quiet_) print_line(push_.all_tags ? reference.name : reference.canonical());
    return 0;
  }

 private:
  void show(LayerLines& head) {
    push_.begun = [&](const std::string& repository) {
      head.say(cat("The push refers to repository [", repository, "]"));
    };
    push_.step = [this](const engine::PushStep& step) {
      if (!lines_) lines_.emplace(form_, STDOUT_FILENO);
      lines_->step({step.layer, step.id, words_of(step), step.state == State::pushing, step.done, step.total});
    };
    push_.pushed = [this, &head](const engine::Engine::PushedTag& tag) {
      lines_.reset();  // the next tag has lines of its own
      head.say(cat(tag.tag, ": digest: ", tag.digest.text(), " size: ", tag.size));
    };
  }

  engine::Engine::PushOptions push_;
  bool quiet_ = false, untrusted_ = true;
  ProgressForm form_ = parse_progress_form("auto", STDOUT_FILENO) == ProgressForm::terminal ? ProgressForm::terminal
                                                                                            : ProgressForm::plain;
  std::optional<LayerLines> lines_;
};

}  // namespace

std::unique_ptr<Command> make_push() {
  return std::make_unique<Push>();
}

}  // namespace minidock::cli
