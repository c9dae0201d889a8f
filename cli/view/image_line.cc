#include "cli/view/image_line.h"

#include <algorithm>

#include "cli/view/human.h"

namespace minidock::cli {
namespace {

constexpr const char* kNone = "<none>";

struct Name {
  std::string repository = kNone, tag = kNone, digest = kNone;
};

std::vector<Name> names_of(const store::ImageRow& row) {
  std::vector<Name> names;
  for (const std::string& text : row.tags) {
    const oci::Reference reference = oci::parse_reference(text);
    names.push_back({reference.familiar_name(), reference.tag.empty() ? kNone : reference.tag});
  }
  // A digest stands beside the tags of its repository; without one it has a line of its own.
  for (const std::string& text : row.digests) {
    const oci::Reference reference = oci::parse_reference(text);
    bool beside = false;
    for (Name& name : names) {
      if (name.repository != reference.familiar_name() || name.digest != kNone) continue;
      name.digest = reference.digest->text();
      beside = true;
    }
    if (!beside) names.push_back({reference.familiar_name(), kNone, reference.digest->text()});
  }
  if (names.empty()) names.emplace_back();
  return names;
}

bool name_fits(const Name& name, const std::string& pattern) {
  return glob_matches(name.repository, pattern) || glob_matches(cat(name.repository, ":", name.tag), pattern);
}

bool has_name(const store::ImageRow& row, const std::string& pattern) {
  const std::vector<Name> names = names_of(row);
  return std::any_of(names.begin(), names.end(), [&](const Name& name) { return name_fits(name, pattern); });
}

format::ListLine line_of(const ImageView& image, const Name& name, Nanoseconds now, bool truncate) {
  const std::string id = image.row.id.text();
  format::ListLine line;
  line.fields = Json{{"Containers", "N/A"},
                     {"CreatedAt", image.created == 0 ? "N/A" : local_time(image.created)},
                     {"CreatedSince", image.created == 0 ? "N/A" : cat(human_duration(now - image.created), " ago")},
                     {"Digest", name.digest},
                     {"ID", truncate ? short_id(id) : id},
                     {"Repository", name.repository},
                     {"SharedSize", "N/A"},
                     {"Size", short_size(image.row.size)},
                     {"Tag", name.tag},
                     {"UniqueSize", "N/A"},
                     {"VirtualSize", short_size(image.row.size)}};
  line.labels = Json(image.config.config.labels);
  return line;
}

Nanoseconds created_of(const std::string& name, const std::vector<ImageView>& images, engine::Engine& engine) {
  const oci::ImageId id = engine.store().load_image(name).id;
  const auto image =
      std::find_if(images.begin(), images.end(), [&](const ImageView& view) { return view.row.id == id; });
  return image == images.end() ? 0 : image->created;
}

// What may have such a name: of a name without wildcards only the images of its repository.
std::vector<store::ImageRow> candidates(store::Store& store, const std::string& pattern) {
  if (pattern.empty() || pattern.find_first_of("*?[\\") != std::string::npos) return store.list_images();
  try {
    return store.list_images_of(oci::parse_reference(pattern).name);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::invalid) throw;
    return store.list_images();  // "<none>"
  }
}

}  // namespace

const format::ListKind& image_list_kind(bool digests) {
  static const std::vector<std::pair<std::string, std::string>> titles = {{"ID", "IMAGE ID"},
                                                                          {"Repository", "REPOSITORY"},
                                                                          {"Tag", "TAG"},
                                                                          {"Digest", "DIGEST"},
                                                                          {"CreatedSince", "CREATED"},
                                                                          {"CreatedAt", "CREATED AT"},
                                                                          {"Size", "SIZE"},
                                                                          {"VirtualSize", "SIZE"},
                                                                          {"SharedSize", "SHARED SIZE"},
                                                                          {"UniqueSize", "UNIQUE SIZE"},
                                                                          {"Containers", "CONTAINERS"}};
  static const format::ListKind plain = {"{{.Repository}}\\t{{.Tag}}\\t{{.ID}}\\t{{.CreatedSince}}\\t{{.Size}}",
                                         titles};
  static const format::ListKind with_digests = {
      "{{.Repository}}\\t{{.Tag}}\\t{{.Digest}}\\t{{.ID}}\\t{{.CreatedSince}}\\t{{.Size}}", titles};
  return digests ? with_digests : plain;
}

const std::vector<std::string_view>& image_filter_names() {
  static const std::vector<std::string_view> names = {"dangling", "reference", "label", "before", "since"};
  return names;
}

std::vector<ImageView> load_images(engine::Engine& engine, const std::string& reference) {
  std::vector<ImageView> images;
  for (store::ImageRow& row : candidates(engine.store(), reference)) {
    if (!reference.empty() && !has_name(row, reference)) continue;  // parsing a config takes longer than all else
    ImageView view;
    view.config = oci::parse_image_config(row.config_json);
    view.created = parse_rfc3339(view.config.created).value_or(0);
    view.row = std::move(row);
    images.push_back(std::move(view));
  }
  std::stable_sort(images.begin(), images.end(), [](const auto& a, const auto& b) { return a.created > b.created; });
  return images;
}

std::vector<format::ListLine> image_lines(const std::vector<ImageView>& images, const Filters& filters,
                                          const std::string& reference, Nanoseconds now, bool truncate,
                                          engine::Engine& engine) {
  Nanoseconds after = INT64_MIN, before = INT64_MAX;
  for (const auto& name : filters.values("since")) after = std::max(after, created_of(name, images, engine));
  for (const auto& name : filters.values("before")) before = std::min(before, created_of(name, images, engine));
  std::vector<format::ListLine> lines;
  for (const ImageView& image : images) {
    const bool dangling = image.row.tags.empty();
    const bool passes =
        filters.any("dangling", [&](const auto& value) { return is_true_word("dangling", value) == dangling; }) &&
        filters.labels_match(image.config.config.labels) && image.created > after && image.created < before;
    if (!passes) continue;
    for (const Name& name : names_of(image.row)) {
      const auto fits = [&](const std::string& pattern) { return name_fits(name, pattern); };
      if ((reference.empty() || fits(reference)) && filters.any("reference", fits)) {
        lines.push_back(line_of(image, name, now, truncate));
      }
    }
  }
  return lines;
}

}  // namespace minidock::cli
