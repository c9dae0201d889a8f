// Pull: an image whose parts are elsewhere. Its config is here, its layers are asked for one by one (intake.h).
#include <sys/stat.h>

#include <set>

#include "store/image_rows.h"
#include "store/layer_forms.h"
#include "store/load/intake.h"

namespace minidock::store {

namespace {

// Compressed, and nobody's who does not let others hand it on.
bool is_worth_keeping(const oci::Descriptor& blob) {
  const std::optional<oci::Compression> compression = oci::layer_compression(blob.media_type);
  return compression && *compression != oci::Compression::none && blob.urls.empty();
}

UnpackResult ingest(Draft& draft, const PullRequest& request, size_t layer) {
  const Fd file = request.open(layer);
  struct stat info;
  if (fstat(file.get(), &info) != 0) throw_errno("stat");
  LayerStream stream;
  stream.fd = file.get();
  stream.source_name = request.layers[layer].digest.text();
  stream.range = FileRange{0, static_cast<uint64_t>(info.st_size)};
  stream.digest = request.layers[layer].digest;
  if (request.keep_blobs && is_worth_keeping(request.layers[layer])) stream.kept = request.layers[layer];
  stream.has_lower = true;  // of the lowest, too: another image may have it higher up
  if (request.progress) {
    stream.progress = [&](uint64_t done, uint64_t total) { request.progress(layer, done, total); };
  }
  UnpackResult unpacked = draft.ingest(stream);
  if (request.taken) request.taken(layer);
  return unpacked;
}

// By which digests the repository has the layers. `taken`: those whose bytes have been here now.
void note_forms(Database& database, const PullRequest& request, const PlannedImage& image,
                const std::set<size_t>& taken) {
  for (size_t i = 0; i < request.layers.size(); ++i) {
    const RegistryLayer form = {request.reference.name, request.layers[i]};
    const oci::DiffId& layer = image.config.diff_ids[i];
    if (!form.blob.urls.empty()) continue;  // whose owner does not let others hand it on
    if (taken.contains(i) || form.blob.digest == layer.digest) {
      ensure_layer_form(database, layer, form);
    } else {
      ensure_known_layer_form(database, layer, form);
    }
  }
}

}  // namespace

LoadedImage Store::pull(const PullRequest& request) {
  PlannedImage image = plan_image(request.config_json, {});
  require_layer_count(image, request.layers.size());
  for (size_t i = 0; i < request.layers.size(); ++i) {
    const oci::Digest& digest = request.layers[i].digest;
    image.layers.push_back({digest.text(), image.config.diff_ids[i], digest, ""});
  }
  // As docker: what was asked for by its digest gets no tag.
  if (!request.reference.digest) image.references.push_back(request.reference);
  std::set<size_t> taken;
  const auto take = [&](Draft& draft, size_t layer) {
    UnpackResult unpacked = ingest(draft, request, layer);
    taken.insert(layer);
    return unpacked;
  };
  const LoadedImage loaded =
      take_in(*state_, {image, take, request.missing, RepositoryDigest{request.reference.name, request.manifest},
                        [&](Database& database) { note_forms(database, request, image, taken); }});
  record_image_event(*state_, loaded.id, image.config_json, "pull", request.reference.familiar());
  return loaded;
}

}  // namespace minidock::store
