// Load: the images of a source, each by one transaction (intake.h).
#include <algorithm>

#include "store/image_rows.h"
#include "store/load/intake.h"
#include "store/signatures.h"

namespace minidock::store {

namespace {

class Loading {
 public:
  Loading(Rooms& rooms, ImageSource& source, const LoadRequest& request)
      : rooms_(rooms), source_(source), request_(request) {}

  LoadedImage load(const PlannedImage& image) {
    const auto ingest_one = [&](Draft& draft, size_t layer) { return ingest(draft, image.layers[layer]); };
    LoadedImage loaded = take_in(rooms_, {image, ingest_one});
    keep_signatures(image, loaded);
    record_image_event(rooms_, loaded.id, image.config_json, "load", loaded.id.text());
    return loaded;
  }

 private:
  // order: after the image's row, which they belong to.
  void keep_signatures(const PlannedImage& image, LoadedImage& loaded) {
    try {
      write_signatures(rooms_, loaded.id, image.signatures);
    } catch (const Error& error) {
      // Old ones of an image that is here are no reason to do without it.
      if (error.kind() != ErrorKind::exhausted || !loaded.existed) throw;
      loaded.warnings.push_back(cat("its signatures are left out: ", error.what()));
    }
  }

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
    const uint64_t size = piece->range.size;
    const auto tell = [&](uint64_t done) {
      if (request_.layer_progress) request_.layer_progress(layer.diff_id, done, size);
    };
    stream.progress = [&](uint64_t done, uint64_t) {
      if (done < size) tell(done);
    };
    UnpackResult unpacked = draft.ingest(stream);
    tell(size);
    return unpacked;
  }

  Rooms& rooms_;
  ImageSource& source_;
  const LoadRequest& request_;
};

// Those that were given beside the archive, to their images.
void add_given(std::vector<PlannedImage>& images, const std::vector<oci::ImageSignature>& given) {
  for (const oci::ImageSignature& signature : given) {
    const auto image = std::find_if(images.begin(), images.end(),
                                    [&](const PlannedImage& one) { return one.id() == signature.claim.image; });
    if (image == images.end()) {
      throw_error(ErrorKind::invalid, "a signature is of image ", signature.claim.image.text(),
                  ", which is not in the archive");
    }
    image->signatures.push_back(signature);
  }
}

}  // namespace

void Store::load(const LoadRequest& request) {
  Draft spool(*state_);
  const std::unique_ptr<ImageSource> source = open_source(request.fd, spool, request.spooling);
  std::vector<PlannedImage> images = plan_images(*source, request.platform);
  add_given(images, request.signatures);
  if (request.admit) {
    for (const PlannedImage& image : images) request.admit(image.id(), image.references, image.signatures);
  }
  Loading loading(*state_, *source, request);
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
