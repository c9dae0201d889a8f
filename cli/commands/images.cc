#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/view/image_line.h"

namespace minidock::cli {
namespace {

class Images : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-a,--all", all_);
    options.flag("-q,--quiet", quiet_);
    options.flag("--no-trunc", no_truncation_);
    options.flag("--digests", digests_);
    options.each_of_engine("-f,--filter",
                           [this](const std::string& text) { filters_.add(text, image_filter_names()); });
    options.text("--format", format_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 1);
    engine::Engine& engine = context.engine();
    const std::string reference = operands.empty() ? "" : operands[0];
    // Other images count only for the filters by age.
    const bool by_age = !filters_.values("since").empty() || !filters_.values("before").empty();
    const auto images = load_images(engine, by_age ? "" : reference);
    const auto lines = image_lines(images, filters_, reference, now(), !no_truncation_, engine);
    if (quiet_ && format_.empty()) {
      for (const auto& line : lines) print_line(line.fields["ID"].get_ref<const std::string&>());
      return 0;
    }
    print(format::list_text(format_, image_list_kind(digests_), lines));
    return 0;
  }

 private:
  bool all_ = false;  // accepted: there are no intermediate images to show or hide
  bool quiet_ = false, no_truncation_ = false, digests_ = false;
  Filters filters_;
  std::string format_;
};

}  // namespace

std::unique_ptr<Command> make_images() {
  return std::make_unique<Images>();
}

}  // namespace minidock::cli
