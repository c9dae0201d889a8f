// image explore: what each layer adds, changes and takes away, and the bytes that lie in the image unseen.
#include <algorithm>
#include <cstdio>
#include <map>

#include "cli/commands/commands.h"
#include "cli/format/list.h"
#include "cli/output.h"
#include "cli/view/human.h"
#include "engine/image_files.h"

namespace minidock::cli {
namespace {

struct LayerFigures {
  uint64_t bytes = 0, wasted = 0;  // wasted: of the layers below, by this one
  size_t added = 0, changed = 0, removed = 0;
};
struct WastedPath {
  uint64_t bytes = 0;
  size_t times = 0;
};

std::string percent(uint64_t part, uint64_t whole) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f%%",
                whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole));
  return text;
}

class ImageExplore : public Command {
 public:
  void declare(Options& options) override {
    options.flag("--no-trunc", no_truncation_);
    options.number("-n,--top", top_);
    options.text("--format", format_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    if (top_.value_or(0) < 0) throw_error(ErrorKind::invalid, "--top: not a number of paths: ", *top_);
    store::Store& store = context.engine().store();
    const store::ImageRow image = store.load_image(operands[0]);
    layers_.resize(image.layers.size());
    const engine::ImageFiles files(store, image.layers, [this](const engine::LayerChange& change) { count(change); });
    if (format_ == "json") {
      print_json(image);
      return 0;
    }
    if (!format_.empty()) throw_error(ErrorKind::invalid, "--format: json is the one that this command has");
    print_layers(image);
    print_waste(image);
    return 0;
  }

 private:
  void count(const engine::LayerChange& change) {
    LayerFigures& layer = layers_[change.layer];
    if (change.kind == 'A') ++layer.added;
    if (change.kind == 'C') ++layer.changed;
    if (change.kind == 'D') ++layer.removed;
    layer.bytes += change.bytes;
    layer.wasted += change.wasted_bytes;
    wasted_ += change.wasted_bytes;
    bytes_ += change.bytes;
    if (change.wasted_bytes == 0) return;
    WastedPath& path = paths_[change.entry.path];
    path.bytes += change.wasted_bytes;
    ++path.times;
  }

  void print_layers(const store::ImageRow& image) {
    constexpr size_t kWidth = 45;
    static const format::ListKind kKind = {
        "{{.Layer}}\\t{{.ID}}\\t{{.Size}}\\t{{.Added}}\\t{{.Changed}}\\t{{.Removed}}\\t{{.Wasted}}\\t{{.CreatedBy}}",
        {{"Layer", "LAYER"},
         {"ID", "DIFF ID"},
         {"Size", "SIZE"},
         {"Added", "ADDED"},
         {"Changed", "CHANGED"},
         {"Removed", "REMOVED"},
         {"Wasted", "WASTED"},
         {"CreatedBy", "CREATED BY"}}};
    const auto makers = engine::layer_makers(oci::parse_image_config(image.config_json));
    std::vector<format::ListLine> lines;
    for (size_t i = 0; i < layers_.size(); ++i) {
      const std::string id = image.layers[i].text();
      const std::string maker = i < makers.size() ? printable(makers[i]) : "";
      format::ListLine line;
      line.fields = Json{{"Added", cat(layers_[i].added)},
                         {"Changed", cat(layers_[i].changed)},
                         {"CreatedBy", no_truncation_ ? maker : ellipsis(maker, kWidth)},
                         {"ID", no_truncation_ ? id : short_id(id)},
                         {"Layer", cat(i + 1)},
                         {"Removed", cat(layers_[i].removed)},
                         {"Size", short_size(layers_[i].bytes)},
                         {"Wasted", short_size(layers_[i].wasted)}};
      lines.push_back(std::move(line));
    }
    print(format::list_text("", kKind, lines));
  }

  // The most first; of equal ones by name.
  std::vector<std::pair<std::string, WastedPath>> sorted_paths() const {
    constexpr int64_t kTop = 10;
    std::vector<std::pair<std::string, WastedPath>> paths(paths_.begin(), paths_.end());
    std::stable_sort(paths.begin(), paths.end(),
                     [](const auto& one, const auto& other) { return one.second.bytes > other.second.bytes; });
    paths.resize(std::min(paths.size(), static_cast<size_t>(top_.value_or(kTop))));
    return paths;
  }

  void print_waste(const store::ImageRow&) {
    print_line(cat("\nWasted: ", short_size(wasted_), " of ", short_size(bytes_), " (", percent(wasted_, bytes_),
                   ") is in a layer and hidden by one above"));
    for (const auto& [path, waste] : sorted_paths()) {
      print_line(cat("  ", short_size(waste.bytes), "  ", waste.times, waste.times == 1 ? " time  /" : " times  /",
                     printable(path)));
    }
  }

  void print_json(const store::ImageRow& image) {
    Json layers = Json::array(), paths = Json::array();
    for (size_t i = 0; i < layers_.size(); ++i) {
      layers.push_back(Json{{"Added", layers_[i].added},
                            {"Changed", layers_[i].changed},
                            {"ID", image.layers[i].text()},
                            {"Removed", layers_[i].removed},
                            {"Size", layers_[i].bytes},
                            {"Wasted", layers_[i].wasted}});
    }
    for (const auto& [path, waste] : sorted_paths()) {
      paths.push_back(Json{{"Path", "/" + path}, {"Times", waste.times}, {"Wasted", waste.bytes}});
    }
    const Json all{
        {"ID", image.id.text()}, {"Layers", layers}, {"Size", bytes_}, {"Wasted", wasted_}, {"Paths", paths}};
    print_line(all.dump(-1, ' ', false, Json::error_handler_t::replace));
  }

  bool no_truncation_ = false;
  std::optional<int64_t> top_;
  std::string format_;
  std::vector<LayerFigures> layers_;
  std::map<std::string, WastedPath> paths_;
  uint64_t bytes_ = 0, wasted_ = 0;
};

}  // namespace

std::unique_ptr<Command> make_image_explore() {
  return std::make_unique<ImageExplore>();
}

}  // namespace minidock::cli
