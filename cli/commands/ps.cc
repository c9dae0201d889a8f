#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/view/container_line.h"

namespace minidock::cli {
namespace {

class Ps : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-a,--all", all_);
    options.flag("-q,--quiet", quiet_);
    options.flag("-l,--latest", latest_);
    options.number("-n,--last", last_);
    options.flag("--no-trunc", no_truncation_);
    options.flag("-s,--size", sizes_);
    options.each_of_engine("-f,--filter",
                           [this](const std::string& text) { filters_.add(text, container_filter_names()); });
    options.text("--format", format_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    engine::Engine& engine = context.engine();
    const auto containers = first(select_containers(wants_all() ? engine.list() : engine.list_up(), filters_, engine));
    if (quiet_ && format_.empty()) {
      for (const auto& view : containers) print_line(no_truncation_ ? view.row.id : view.row.id.substr(0, 12));
      return 0;
    }
    const Nanoseconds time = now();
    std::vector<format::ListLine> lines;
    const bool sizes = sizes_ || format_.find(".Size") != std::string::npos;  // walks trees: only where it is shown
    for (const auto& view : containers) {
      lines.push_back(container_line(view, time, !no_truncation_));
      if (sizes) lines.back().fields["Size"] = container_size(view, engine);
    }
    print(format::list_text(format_, container_list_kind(sizes_), lines));
    return 0;
  }

 private:
  // Stopped ones only where something asked for them: docker's rule.
  bool wants_all() const { return all_ || limit() > 0 || filters_.has("status") || filters_.has("exited"); }
  int64_t limit() const { return latest_ ? 1 : last_.value_or(-1); }
  std::vector<engine::ContainerView> first(std::vector<engine::ContainerView> containers) const {
    if (limit() > 0) containers.resize(std::min(containers.size(), static_cast<size_t>(limit())));
    return containers;
  }

  bool all_ = false, quiet_ = false, latest_ = false, no_truncation_ = false, sizes_ = false;
  std::optional<int64_t> last_;
  Filters filters_;
  std::string format_;
};

}  // namespace

std::unique_ptr<Command> make_ps() {
  return std::make_unique<Ps>();
}

}  // namespace minidock::cli
