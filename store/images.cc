// Images: looking them up and tagging. Removing one: image_removal.cc; taking one in: import.cc.
#include <sys/xattr.h>

#include <set>

#include "base/file.h"
#include "store/archive/layer_index.h"
#include "store/image_files.h"
#include "store/image_rows.h"
#include "store/kept_blobs.h"
#include "store/rebuild.h"
#include "store/state.h"

namespace minidock::store {

namespace {
std::optional<oci::Reference> try_parse_reference(std::string_view text) {
  try {
    return oci::parse_reference(text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

// By name:tag; by name@sha256:…, where the digest is the repository's for it, or its ID and the name one of its own.
std::optional<std::string> find_by_reference(Database& database, std::string_view text) {
  const std::optional<oci::Reference> reference = try_parse_reference(text);
  if (!reference) return std::nullopt;
  if (!reference->digest) return find_tagged(database, reference->canonical());
  if (const auto pulled = find_by_repository_digest(database, {reference->name, *reference->digest})) return pulled;
  const std::string id = reference->digest->hex();
  const std::optional<ImageRow> row = find_image_row(database, id);
  if (!row) return std::nullopt;
  for (const std::string& tag : row->tags) {
    if (tag.starts_with(reference->name + ":")) return id;
  }
  return std::nullopt;
}

std::optional<std::string> find_by_id(Database& database, std::string_view word) {
  if (word.starts_with("sha256:")) word.remove_prefix(7);
  if (!is_hex(word) || word.size() > 64) return std::nullopt;
  const std::vector<std::string> ids = image_ids(database, word);
  if (ids.empty()) return std::nullopt;
  if (ids.size() > 1) {
    throw_error(ErrorKind::invalid, "find image ", word, ": several IDs begin so; give more digits");
  }
  return ids[0];
}
}  // namespace

std::vector<ImageRow> Store::list_images() {
  return all_image_rows(state_->root_database());
}

std::vector<ImageRow> Store::list_images_of(const std::string& repository) {
  Database& database = state_->root_database();
  std::vector<ImageRow> rows;
  for (const std::string& id : image_ids_of(database, repository)) {
    // race: removed since it was looked for.
    if (auto row = find_image_row(database, id)) rows.push_back(std::move(*row));
  }
  return rows;
}

std::vector<LayerRow> Store::list_layers() {
  Statement query = state_->root_database().prepare(
      "SELECT diff_id, blob_size, content_size, entries, "
      "(SELECT size FROM layer_forms WHERE layer = diff_id AND repository = ?1) FROM layers ORDER BY diff_id");
  query.bind(1, kKeptHere);
  std::vector<LayerRow> rows;
  while (query.step()) {
    rows.push_back({id_of_row<oci::DiffId>(query.text(0)), static_cast<uint64_t>(query.number(1)),
                    static_cast<uint64_t>(query.number(2)), static_cast<uint64_t>(query.number(3)),
                    static_cast<uint64_t>(query.number(4))});
  }
  return rows;
}

std::optional<ImageRow> Store::find_image(std::string_view name_or_id) {
  Database& database = state_->root_database();
  // As docker: a whole ID, then a name, then the start of an ID. "cafe" may be either; the name wins.
  const bool whole_id = oci::Digest::parse(name_or_id) || oci::Digest::parse_hex(name_or_id);
  std::optional<std::string> id;
  if (!whole_id) id = find_by_reference(database, name_or_id);
  if (!id) id = find_by_id(database, name_or_id);
  if (!id) return std::nullopt;
  return find_image_row(database, *id);
}

ImageRow Store::load_image(std::string_view name_or_id) {
  if (std::optional<ImageRow> row = find_image(name_or_id)) return std::move(*row);
  const std::optional<oci::Reference> reference = try_parse_reference(name_or_id);
  const bool is_id = oci::Digest::parse(name_or_id) || oci::Digest::parse_hex(name_or_id);
  if (!reference && !is_id) oci::parse_reference(name_or_id);  // throws: it says what is wrong with the name
  const std::string wanted = reference ? reference->familiar() : printable(name_or_id);
  std::vector<std::string> names;
  for (const std::string& tag : all_tags(state_->root_database())) names.push_back(familiar_tag(tag));
  const std::vector<std::string> near = near_names(wanted, names);
  throw_error(ErrorKind::not_found, "No such image: ", wanted,
              near.empty() ? "" : cat("; did you mean ", join(near, ", "), "?"));
}

void Store::tag_image(const oci::ImageId& id, const oci::Reference& reference) {
  if (reference.digest) throw_error(ErrorKind::invalid, "refusing to create a tag with a digest reference");
  Database& database = state_->root_database();
  Transaction transaction(database);
  const std::optional<ImageRow> image = find_image_row(database, id.hex());
  if (!image) throw_error(ErrorKind::not_found, "No such image: ", id.text());
  set_tag(database, reference.canonical(), id);
  transaction.commit();
  record_image_event(*state_, id, image->config_json, "tag", reference.familiar());
}

void Store::read_layer(const oci::DiffId& layer, const std::function<void(const IndexEntry&)>& visit) {
  const std::string path = cat(layer_path(layer.hex()), "/", kIndexFile);
  const Fd index = open_file(state_->root(), path, O_RDONLY | O_NOFOLLOW);
  try {
    read_layer_index(index.get(), visit);
  } catch (const Error& error) {
    throw error.with_context(path);
  }
}

std::vector<std::string> Store::layer_directories(const ImageRow& image) {
  std::vector<std::string> directories;
  if (state_->driver() == StorageDriver::erofs) {
    if (!image.layers.empty()) directories.push_back(cat(location().run_root, "/", image_mount(image_chain(image))));
    return directories;
  }
  std::set<oci::DiffId> seen;
  for (auto layer = image.layers.rbegin(); layer != image.layers.rend(); ++layer) {
    // kernel: overlayfs takes no directory twice. All that a layer says is said again by its copy further up.
    if (!seen.insert(*layer).second) continue;
    directories.push_back(cat(location().root, "/", layer_path(layer->hex()), "/diff"));
    // kernel: overlayfs passes over the mark on the root of a layer: what such a layer hides is left out here.
    char mark = 0;
    if (getxattr(directories.back().c_str(), "trusted.overlay.opaque", &mark, 1) == 1 && mark == 'y') break;
  }
  return directories;
}

std::vector<std::string> Store::open_layers(const ImageRow& image) {
  state_->forget_driver();  // race: whoever keeps a migration away does so from just before this call on
  if (state_->driver() == StorageDriver::erofs) ensure_image_mount(*state_, image);
  return layer_directories(image);
}

std::string Store::driver_name() const {
  return name_of(state_->driver());
}

std::string Store::driver_reason() const {
  return state_->driver_choice().reason;
}

}  // namespace minidock::store
