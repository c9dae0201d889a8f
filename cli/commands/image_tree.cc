// image tree: the layers of an image, and which images end with each; as podman draws it.
#include <algorithm>
#include <map>

#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/view/human.h"

namespace minidock::cli {
namespace {

std::string names_text(const std::vector<std::string>& tags) {
  std::vector<std::string> names;
  for (const std::string& tag : tags) names.push_back(oci::parse_reference(tag).familiar());
  return cat("[", join(names, " "), "]");
}

// Whether the layers of `image` begin with the first `count` of `layers`.
bool begins_with(const store::ImageRow& image, const std::vector<oci::DiffId>& layers, size_t count) {
  return image.layers.size() >= count &&
         std::equal(layers.begin(), layers.begin() + static_cast<long>(count), image.layers.begin());
}

class ImageTree : public Command {
 public:
  void declare(Options& options) override { options.flag("--whatrequires", above_); }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    store::Store& store = context.engine().store();
    image_ = store.load_image(operands[0]);
    images_ = store.list_images();
    std::sort(images_.begin(), images_.end(), [](const auto& one, const auto& other) { return one.tags < other.tags; });
    for (const store::LayerRow& layer : store.list_layers()) layers_[layer.diff_id] = layer;
    print_line(cat("Image ID: ", image_.id.digest.short_hex()));
    print_line(cat("Tags:     ", names_text(image_.tags)));
    print_line(cat("Size:     ", short_size(image_.size)));
    print_line("Image Layers");
    if (above_) {
      print_above();
    } else {
      print_layers();
    }
    return 0;
  }

 private:
  void print_layer(const store::ImageRow& image, size_t count, const std::string& branch) {
    const oci::DiffId& id = image.layers[count - 1];
    std::string line = cat(branch, "ID: ", id.digest.short_hex(), " Size: ", short_size(layers_[id].content_size),
                           " Files: ", layers_[id].entries);
    std::vector<std::string> tops;
    for (const store::ImageRow& other : images_) {
      if (other.layers.size() == count && begins_with(other, image.layers, count)) {
        tops.insert(tops.end(), other.tags.begin(), other.tags.end());
      }
    }
    if (!tops.empty()) line += cat(" Top Layer of: ", names_text(tops));
    print_line(line);
  }

  void print_layers() {
    for (size_t count = 1; count <= image_.layers.size(); ++count) {
      print_layer(image_, count, count == image_.layers.size() ? "└── " : "├── ");
    }
  }

  // What other images have put on this one.
  void print_above() {
    const size_t own = image_.layers.size();
    if (own == 0) return;
    print_layer(image_, own, "└── ");
    for (const store::ImageRow& other : images_) {
      if (other.id == image_.id || other.layers.size() <= own || !begins_with(other, image_.layers, own)) continue;
      for (size_t count = own + 1; count <= other.layers.size(); ++count) {
        print_layer(other, count, cat(std::string(4 * (count - own), ' '), "└── "));
      }
    }
  }

  bool above_ = false;
  store::ImageRow image_;
  std::vector<store::ImageRow> images_;
  std::map<oci::DiffId, store::LayerRow> layers_;
};

}  // namespace

std::unique_ptr<Command> make_image_tree() {
  return std::make_unique<ImageTree>();
}

}  // namespace minidock::cli
