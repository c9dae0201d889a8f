#include <algorithm>
#include <map>

#include "base/time.h"
#include "cli/commands/commands.h"
#include "cli/format/list.h"
#include "cli/output.h"
#include "cli/view/human.h"

namespace minidock::cli {
namespace {

// Docker's cells of one step.
format::ListLine line_of(const oci::History& step, const std::string& id, uint64_t size, bool human, bool truncate) {
  constexpr size_t kWidth = 45;
  const std::optional<Nanoseconds> created = parse_rfc3339(step.created);
  std::string created_by = step.created_by;
  std::replace(created_by.begin(), created_by.end(), '\t', ' ');
  format::ListLine line;
  line.fields = Json{{"Comment", step.comment},
                     {"CreatedAt", created ? rfc3339(*created / kSecond * kSecond) : "N/A"},
                     {"CreatedBy", truncate ? ellipsis(created_by, kWidth) : created_by},
                     {"CreatedSince", created ? cat(human_duration(now() - *created), " ago") : "N/A"},
                     {"ID", truncate && id.starts_with("sha256:") ? short_id(id) : id},
                     {"Size", human ? short_size(size) : cat(size)}};
  return line;
}

const format::ListKind& history_kind(bool human) {
  static const std::vector<std::pair<std::string, std::string>> titles = {
      {"ID", "IMAGE"},  {"CreatedSince", "CREATED"}, {"CreatedAt", "CREATED AT"}, {"CreatedBy", "CREATED BY"},
      {"Size", "SIZE"}, {"Comment", "COMMENT"}};
  static const format::ListKind since = {"{{.ID}}\\t{{.CreatedSince}}\\t{{.CreatedBy}}\\t{{.Size}}\\t{{.Comment}}",
                                         titles};
  static const format::ListKind at = {"{{.ID}}\\t{{.CreatedAt}}\\t{{.CreatedBy}}\\t{{.Size}}\\t{{.Comment}}", titles};
  return human ? since : at;
}

class History : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-H,--human", human_);
    options.flag("--no-trunc", no_truncation_);
    options.flag("-q,--quiet", quiet_);
    options.text("--format", format_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    const std::vector<format::ListLine> lines = history_of(context.engine().store(), operands[0]);
    if (quiet_ && format_.empty()) format_ = "{{.ID}}";
    print(format::list_text(format_, history_kind(human_), lines));
    return 0;
  }

 private:
  // Newest first; only the newest step is an image here, as in docker.
  std::vector<format::ListLine> history_of(store::Store& store, const std::string& name) const {
    const store::ImageRow image = store.load_image(name);
    const oci::ImageConfig config = oci::parse_image_config(image.config_json);
    std::map<oci::DiffId, uint64_t> sizes;
    for (const store::LayerRow& layer : store.list_layers()) sizes[layer.diff_id] = layer.content_size;
    std::vector<format::ListLine> lines;
    size_t layer = 0;
    for (size_t i = 0; i < config.history.size(); ++i) {
      const oci::History& step = config.history[i];
      uint64_t size = 0;
      if (!step.empty_layer) {
        if (layer == image.layers.size()) {
          throw_error(ErrorKind::corrupt, "too many non-empty layers in History section");
        }
        size = sizes[image.layers[layer++]];
      }
      const bool newest = i + 1 == config.history.size();
      lines.push_back(line_of(step, newest ? image.id.text() : "<missing>", size, human_, !no_truncation_));
    }
    std::reverse(lines.begin(), lines.end());
    return lines;
  }

  bool human_ = true, no_truncation_ = false, quiet_ = false;
  std::string format_;
};

}  // namespace

std::unique_ptr<Command> make_history() {
  return std::make_unique<History>();
}

}  // namespace minidock::cli
