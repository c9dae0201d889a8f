// image diff and image which: two questions about the files of images, answered from the indexes of their layers.
#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/format/list.h"
#include "cli/output.h"
#include "cli/view/human.h"
#include "engine/image_files.h"

namespace minidock::cli {
namespace {

class ImageDiff : public Command {
 public:
  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 2, 2);
    store::Store& store = context.engine().store();
    const engine::ImageFiles from(store, store.load_image(operands[0]).layers);
    const engine::ImageFiles to(store, store.load_image(operands[1]).layers);
    for (const engine::PathChange& change : engine::compare_images(from, to)) {
      print_line(cat(change.kind, " /", printable(change.path)));
    }
    return 0;
  }
};

std::string image_name(const store::ImageRow& image) {
  return image.tags.empty() ? image.id.digest.short_hex() : oci::parse_reference(image.tags[0]).familiar();
}

// "/usr/bin/" -> "usr/bin"; throws for what cannot be in an image.
std::string path_in_image(std::string_view path) {
  std::vector<std::string> parts;
  for (std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") throw_error(ErrorKind::invalid, "look for ", printable(path), ": write it without \"..\"");
    parts.push_back(std::move(part));
  }
  if (parts.empty()) throw_error(ErrorKind::invalid, "look for ", printable(path), ": the root is of every layer");
  return join(parts, "/");
}

std::string kind_text(char kind) {
  return kind == 'A' ? "added" : kind == 'C' ? "changed" : "removed";
}

class ImageWhich : public Command {
 public:
  void declare(Options& options) override {
    options.flag("--no-trunc", no_truncation_);
    options.text("--format", format_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 0);
    path_ = path_in_image(operands[0]);
    store::Store& store = context.engine().store();
    std::vector<store::ImageRow> images;
    for (size_t i = 1; i < operands.size(); ++i) images.push_back(store.load_image(operands[i]));
    if (operands.size() == 1) images = store.list_images();
    for (const store::ImageRow& image : images) look(store, image);
    if (lines_.empty()) {
      throw_error(ErrorKind::not_found, "no layer of ", operands.size() == 2 ? "this image" : "these images", " has /",
                  printable(path_));
    }
    print(format::list_text(format_, kind(), lines_));
    return 0;
  }

 private:
  static const format::ListKind& kind() {
    static const format::ListKind kKind = {
        "{{.Image}}\\t{{.Layer}}\\t{{.ID}}\\t{{.Change}}\\t{{.Size}}\\t{{.CreatedBy}}",
        {{"Image", "IMAGE"},
         {"Layer", "LAYER"},
         {"ID", "DIFF ID"},
         {"Change", "CHANGE"},
         {"Size", "SIZE"},
         {"CreatedBy", "CREATED BY"}}};
    return kKind;
  }

  void look(store::Store& store, const store::ImageRow& image) {
    constexpr size_t kWidth = 45;
    const auto makers = engine::layer_makers(oci::parse_image_config(image.config_json));
    const engine::ImageFiles files(store, image.layers, [&](const engine::LayerChange& change) {
      if (change.entry.path != path_) return;
      const std::string id = image.layers[change.layer].text();
      const std::string maker = change.layer < makers.size() ? printable(makers[change.layer]) : "";
      format::ListLine line;
      line.fields = Json{
          {"Change", kind_text(change.kind)},         {"CreatedBy", no_truncation_ ? maker : ellipsis(maker, kWidth)},
          {"ID", no_truncation_ ? id : short_id(id)}, {"Image", image_name(image)},
          {"Layer", cat(change.layer + 1)},           {"Size", short_size(change.entry.size)}};
      lines_.push_back(std::move(line));
    });
  }

  bool no_truncation_ = false;
  std::string path_, format_;
  std::vector<format::ListLine> lines_;
};

}  // namespace

std::unique_ptr<Command> make_image_diff() {
  return std::make_unique<ImageDiff>();
}

std::unique_ptr<Command> make_image_which() {
  return std::make_unique<ImageWhich>();
}

}  // namespace minidock::cli
