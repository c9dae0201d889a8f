// Load: each image of a source by one transaction, after all its layers are there. The steps are those of an import
// (../README.md), with several layers in one draft.
#include <set>

#include "store/image_rows.h"
#include "store/ingest.h"
#include "store/load/image_plan.h"

namespace minidock::store {

namespace {

// A removal may take a layer between our look and our transaction, each time another; not for ever.
constexpr int kTries = 5;

class Loading {
 public:
  Loading(Rooms& rooms, ImageSource& source, const LoadRequest& request)
      : rooms_(rooms), source_(source), request_(request) {}

  // What the layers that have to be read have, for the progress.
  void expect(const std::vector<PlannedImage>& images) {
    std::set<oci::DiffId> seen;
    for (const PlannedImage& image : images) {
      for (const PlannedLayer& layer : image.layers) {
        if (!seen.insert(layer.diff_id).second || is_here(layer)) continue;
        if (const std::optional<Piece> piece = source_.find(layer.file)) total_ += piece->range.size;
      }
    }
  }

  LoadedImage load(const PlannedImage& image) {
    LoadedImage loaded;
    loaded.id = image.id();
    loaded.references = image.references;
    Draft draft(rooms_);
    for (int i = 1;; ++i) {
      if (ingest_missing(draft, image, loaded)) draft.make_durable();
      if (publish(draft, image, loaded)) break;
      if (i == kTries) throw_error(ErrorKind::conflict, "its layers are being removed meanwhile; try again");
    }
    draft.finish();
    record_image_event(rooms_, loaded.id, image.config_json, "load", loaded.id.text());
    return loaded;
  }

 private:
  bool is_here(const PlannedLayer& layer) {
    return find_layer_row(rooms_.root_database(), layer.diff_id.hex()).has_value();
  }

  // True if there was one.
  bool ingest_missing(Draft& draft, const PlannedImage& image, LoadedImage& loaded) {
    bool any = false;
    for (size_t i = 0; i < image.layers.size(); ++i) {
      const PlannedLayer& layer = image.layers[i];
      if (draft.has(layer.diff_id) || is_here(layer)) continue;
      any = true;
      try {
        ingest(draft, layer, loaded);
      } catch (const Error& error) {
        throw error.with_context(cat("layer ", i + 1, " (", layer.diff_id.digest.short_hex(), ")"));
      }
    }
    return any;
  }

  void ingest(Draft& draft, const PlannedLayer& layer, LoadedImage& loaded) {
    if (!layer.lacking.empty()) throw_error(ErrorKind::corrupt, layer.lacking);
    const std::optional<Piece> piece = source_.find(layer.file);
    if (!piece) throw_error(ErrorKind::corrupt, layer.file, " is gone");
    LayerStream stream;
    stream.fd = piece->fd;
    stream.source_name = layer.file;
    stream.range = piece->range;
    stream.digest = layer.digest;
    stream.has_lower = true;  // of the lowest, too: another image may have it higher up
    if (request_.progress) {
      stream.progress = [&](uint64_t done, uint64_t) { request_.progress(done_ + done, total_); };
    }
    const UnpackResult unpacked = draft.ingest(stream);
    done_ += piece->range.size;
    if (unpacked.diff_id != layer.diff_id) {
      throw_error(ErrorKind::corrupt, "the SHA-256 of its tar is ", unpacked.diff_id.hex(),
                  ", which the image's config does not say; get the archive again");
    }
    loaded.warnings.insert(loaded.warnings.end(), unpacked.warnings.begin(), unpacked.warnings.end());
  }

  // False where a layer that was here has gone, and is not in the draft.
  bool publish(Draft& draft, const PlannedImage& image, LoadedImage& loaded) {
    Database& database = rooms_.root_database();
    Transaction transaction(database);
    for (const PlannedLayer& layer : image.layers) {
      if (!is_here(layer) && !draft.has(layer.diff_id)) return false;
    }
    for (const PlannedLayer& layer : image.layers) {
      if (!is_here(layer)) draft.publish(layer.diff_id);
    }
    loaded.existed = !ensure_image_row(database, loaded.id, image.config_json, image.config.diff_ids);
    for (const oci::Reference& reference : image.references) {
      const std::optional<std::string> before = find_tagged(database, reference.canonical());
      if (!set_tag(database, reference.canonical(), loaded.id) || !before) continue;
      loaded.moved.emplace_back(reference, id_of_row<oci::ImageId>(*before));
    }
    transaction.commit();
    return true;
  }

  Rooms& rooms_;
  ImageSource& source_;
  const LoadRequest& request_;
  uint64_t done_ = 0, total_ = 0;
};

}  // namespace

void Store::load(const LoadRequest& request) {
  Draft spool(*state_);
  const std::unique_ptr<ImageSource> source = open_source(request.fd, spool, request.progress);
  const std::vector<PlannedImage> images = plan_images(*source, request.platform);
  Loading loading(*state_, *source, request);
  loading.expect(images);
  for (const PlannedImage& image : images) {
    LoadedImage loaded;
    try {
      loaded = loading.load(image);
    } catch (const Error& error) {
      const std::string name = image.references.empty() ? image.id().text() : image.references[0].familiar();
      throw error.with_context(cat("image ", name));
    }
    request.loaded(loaded);
  }
}

}  // namespace minidock::store
