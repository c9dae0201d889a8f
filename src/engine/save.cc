// save: which images, under which names. moby image/tarexport/save.go has the rules that docker goes by.
#include <algorithm>

#include "base/error.h"
#include "engine/engine.h"

namespace minidock::engine {

namespace {

// Each image once, in the order in which they were named; its names sorted.
class Selection {
 public:
  explicit Selection(store::Store& store) : store_(store), rows_(store.list_images()) {}

  void add(const std::string& word) {
    // An ID, or what is no name at all: docker's text then.
    const bool is_id = oci::Digest::parse(word) || oci::Digest::parse_hex(word);
    std::optional<oci::Reference> reference;
    if (!is_id) reference = oci::parse_reference(word);
    if (!reference || reference->digest) return add(store_.load_image(word).id, std::nullopt);
    // No tag was said where "latest" is not there either.
    const size_t slash = word.rfind('/');
    const bool has_tag = word.find(':', slash == std::string::npos ? 0 : slash) != std::string::npos;
    bool found = false;
    for (const store::ImageRow& row : rows_) {
      for (const std::string& tag : row.tags) {
        const oci::Reference name = oci::parse_reference(tag);
        if (name.name != reference->name || (has_tag && name.tag != reference->tag)) continue;
        add(row.id, name);
        found = true;
      }
    }
    if (found) return;
    if (has_tag) throw_error(ErrorKind::not_found, "reference does not exist");
    add(store_.load_image(word).id, std::nullopt);  // the beginning of an ID
  }

  std::vector<store::SavedImage> images;

 private:
  void add(const oci::ImageId& id, const std::optional<oci::Reference>& name) {
    auto image = std::find_if(images.begin(), images.end(), [&](const auto& other) { return other.id == id; });
    if (image == images.end()) image = images.insert(images.end(), {id, {}});
    auto& names = image->references;
    if (!name || std::find(names.begin(), names.end(), *name) != names.end()) return;
    names.push_back(*name);
    std::sort(names.begin(), names.end(),
              [](const auto& one, const auto& other) { return one.canonical() < other.canonical(); });
  }

  store::Store& store_;
  std::vector<store::ImageRow> rows_;
};

}  // namespace

void Engine::save_images(const std::vector<std::string>& names, int fd, const store::Progress& progress) {
  Selection selection(store_);
  for (const std::string& name : names) selection.add(name);
  store_.save(selection.images, fd, progress);
}

}  // namespace minidock::engine
