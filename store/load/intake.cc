#include "store/load/intake.h"

#include <set>

#include "store/image_files.h"
#include "store/image_rows.h"

namespace minidock::store {

namespace {

// A removal may take a layer between our look and our transaction, each time another; not for ever.
constexpr int kTries = 5;

bool is_here(Rooms& rooms, const PlannedLayer& layer) {
  return find_layer_row(rooms.root_database(), layer.diff_id.hex()).has_value();
}

void ingest_layer(Draft& draft, const Intake& intake, size_t number, LoadedImage& loaded) {
  const PlannedLayer& layer = intake.image.layers[number];
  try {
    const UnpackResult unpacked = intake.ingest(draft, number);
    if (unpacked.diff_id != layer.diff_id) {
      throw_error(ErrorKind::corrupt, "the SHA-256 of its tar is ", unpacked.diff_id.hex(),
                  ", which the image's config does not say; get the archive again");
    }
    loaded.warnings.insert(loaded.warnings.end(), unpacked.warnings.begin(), unpacked.warnings.end());
  } catch (const Error& error) {
    throw error.with_context(cat("layer ", number + 1, " (", layer.diff_id.digest.short_hex(), ")"));
  }
}

// True if there was one.
bool ingest_missing(Rooms& rooms, Draft& draft, const Intake& intake, LoadedImage& loaded) {
  std::vector<size_t> missing = missing_layers(rooms, intake.image);
  std::erase_if(missing, [&](size_t number) { return draft.has(intake.image.layers[number].diff_id); });
  if (intake.missing) intake.missing(missing);
  for (const size_t number : missing) ingest_layer(draft, intake, number, loaded);
  return !missing.empty();
}

// False where a layer that was here has gone, and is not in the draft.
bool publish(Rooms& rooms, Draft& draft, const Intake& intake, LoadedImage& loaded) {
  const PlannedImage& image = intake.image;
  Database& database = rooms.root_database();
  Transaction transaction(database);
  for (const PlannedLayer& layer : image.layers) {
    if (!is_here(rooms, layer) && !draft.has(layer.diff_id)) return false;
  }
  for (const PlannedLayer& layer : image.layers) {
    if (!is_here(rooms, layer)) draft.publish(layer.diff_id);
  }
  loaded.existed = !ensure_image_row(database, loaded.id, image.config_json, image.config.diff_ids);
  for (const oci::Reference& reference : image.references) {
    const std::optional<std::string> before = find_tagged(database, reference.canonical());
    const bool changed = set_tag(database, reference.canonical(), loaded.id);
    loaded.renamed = loaded.renamed || changed;
    if (changed && before) loaded.moved.emplace_back(reference, id_of_row<oci::ImageId>(*before));
  }
  if (intake.origin) loaded.renamed = set_repository_digest(database, *intake.origin, loaded.id) || loaded.renamed;
  if (intake.publish) intake.publish(database);
  transaction.commit();
  return true;
}

}  // namespace

std::vector<size_t> missing_layers(Rooms& rooms, const PlannedImage& image) {
  std::vector<size_t> missing;
  std::set<oci::DiffId> seen;
  for (size_t i = 0; i < image.layers.size(); ++i) {
    if (seen.insert(image.layers[i].diff_id).second && !is_here(rooms, image.layers[i])) missing.push_back(i);
  }
  return missing;
}

LoadedImage take_in(Rooms& rooms, const Intake& intake) {
  LoadedImage loaded;
  loaded.id = intake.image.id();
  loaded.references = intake.image.references;
  Draft draft(rooms);
  for (int i = 1;; ++i) {
    if (ingest_missing(rooms, draft, intake, loaded)) draft.make_durable();
    if (publish(rooms, draft, intake, loaded)) break;
    if (i == kTries) throw_error(ErrorKind::conflict, "its layers are being removed meanwhile; try again");
  }
  draft.finish();
  if (const std::string trouble = try_prepare_image(rooms, loaded.id); !trouble.empty()) {
    loaded.warnings.push_back(trouble);
  }
  return loaded;
}

}  // namespace minidock::store
