// Pull: an image whose parts are elsewhere. Its config is here, its layers are asked for one by one (intake.h).
#include <sys/stat.h>

#include "store/image_rows.h"
#include "store/load/intake.h"

namespace minidock::store {

namespace {

UnpackResult ingest(Draft& draft, const PullRequest& request, size_t layer) {
  const Fd file = request.open(layer);
  struct stat info;
  if (fstat(file.get(), &info) != 0) throw_errno("stat");
  LayerStream stream;
  stream.fd = file.get();
  stream.source_name = request.layers[layer].text();
  stream.range = FileRange{0, static_cast<uint64_t>(info.st_size)};
  stream.digest = request.layers[layer];
  stream.has_lower = true;  // of the lowest, too: another image may have it higher up
  if (request.progress) {
    stream.progress = [&](uint64_t done, uint64_t total) { request.progress(layer, done, total); };
  }
  UnpackResult unpacked = draft.ingest(stream);
  if (request.taken) request.taken(layer);
  return unpacked;
}

}  // namespace

LoadedImage Store::pull(const PullRequest& request) {
  PlannedImage image = plan_image(request.config_json, {});
  require_layer_count(image, request.layers.size());
  for (size_t i = 0; i < request.layers.size(); ++i) {
    image.layers.push_back({request.layers[i].text(), image.config.diff_ids[i], request.layers[i], ""});
  }
  // As docker: what was asked for by its digest gets no tag.
  if (!request.reference.digest) image.references.push_back(request.reference);
  const LoadedImage loaded =
      take_in(*state_, {image, [&](Draft& draft, size_t layer) { return ingest(draft, request, layer); },
                        request.missing, RepositoryDigest{request.reference.name, request.manifest}});
  record_image_event(*state_, loaded.id, image.config_json, "pull", request.reference.familiar());
  return loaded;
}

}  // namespace minidock::store
