// Load: the images of a source, each by one transaction (intake.h).
#include <set>

#include "store/image_rows.h"
#include "store/load/intake.h"

namespace minidock::store {

namespace {

class Loading {
 public:
  Loading(Rooms& rooms, ImageSource& source, const LoadRequest& request)
      : rooms_(rooms), source_(source), request_(request) {}

  // What the layers that have to be read have, for the progress.
  void expect(const std::vector<PlannedImage>& images) {
    std::set<oci::DiffId> seen;
    for (const PlannedImage& image : images) {
      for (const size_t number : missing_layers(rooms_, image)) {
        const PlannedLayer& layer = image.layers[number];
        if (!seen.insert(layer.diff_id).second) continue;
        if (const std::optional<Piece> piece = source_.find(layer.file)) total_ += piece->range.size;
      }
    }
  }

  LoadedImage load(const PlannedImage& image) {
    const auto ingest_one = [&](Draft& draft, size_t layer) { return ingest(draft, image.layers[layer]); };
    LoadedImage loaded = take_in(rooms_, {image, ingest_one});
    record_image_event(rooms_, loaded.id, image.config_json, "load", loaded.id.text());
    return loaded;
  }

 private:
  UnpackResult ingest(Draft& draft, const PlannedLayer& layer) {
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
    UnpackResult unpacked = draft.ingest(stream);
    done_ += piece->range.size;
    return unpacked;
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
