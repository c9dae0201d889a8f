// pull: an image of a registry. What a name stands for there, for which platform, and then its layers.
#include <fcntl.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/engine.h"
#include "engine/layer_fetcher.h"
#include "engine/remote_signatures.h"
#include "oci/image_signature.h"
#include "registry/endpoints.h"

namespace minidock::engine {

namespace {

// A manifest, below at most one index, and its digest under which the name is known.
struct Found {
  oci::ImageManifest manifest;
  oci::Digest named;   // of what the name stands for: the index, if there is one
  oci::Digest digest;  // of the manifest
};

Found find_manifest(registry::Endpoints& repository, const oci::Reference& reference,
                    const std::optional<oci::Platform>& platform) {
  const std::string what = reference.familiar();
  registry::Document document = repository.fetch_manifest(reference.digest ? reference.digest->text() : reference.tag);
  Found found;
  found.named = document.digest;
  if (document.is_index) {
    const std::vector<oci::Descriptor> choice = oci::parse_image_index(document.text, what);
    const oci::Platform wanted = platform.value_or(oci::host_platform());
    const oci::Descriptor* chosen = oci::choose_manifest(choice, wanted);
    if (chosen == nullptr) {
      throw_error(ErrorKind::not_found, "no matching manifest for ", wanted.text(), " in the manifest list entries; ",
                  oci::platforms_text(choice));
    }
    document = repository.fetch_manifest(chosen->digest.text());
    if (document.is_index) throw_error(ErrorKind::unsupported, what, ": an index within an index");
  }
  found.digest = document.digest;
  found.manifest = oci::parse_image_manifest(document.text, what);
  if (!found.manifest.config.is_config()) {
    throw_error(ErrorKind::invalid, what, ": not an image: its config is of type ",
                printable(found.manifest.config.media_type));
  }
  return found;
}

void require_platform(const oci::ImageConfig& config, const std::optional<oci::Platform>& platform) {
  if (!platform) return;
  const oci::Platform has = {config.os, config.architecture, config.variant};
  if (oci::match(*platform, has) > 0) return;
  throw_error(ErrorKind::not_found, "the image is for ", printable(has.text()), ", not for ", platform->text());
}

// The steps of one pull, told as they are taken.
class Pulling {
 public:
  // All borrowed.
  Pulling(store::Store& store, const TrustPolicy& trust, const Engine::PullOptions& options,
          const oci::Reference& reference, registry::Endpoints& repository)
      : store_(store), trust_(trust), options_(options), reference_(reference), repository_(repository) {}

  Engine::Pulled run() {
    std::optional<oci::Platform> platform;
    if (!options_.platform.empty()) platform = oci::parse_platform(options_.platform);
    const Found found = find_manifest(repository_, reference_, platform);
    if (options_.begun) {
      options_.begun(registry::repository_of(reference_),
                     reference_.digest ? reference_.digest->text() : reference_.tag);
    }
    store::PullRequest request;
    request.reference = reference_;
    request.manifest = found.named;
    request.config_json = config_of(found.manifest.config);
    const std::vector<oci::ImageSignature> signatures = require_signatures(found, oci::image_id(request.config_json));
    require_platform(oci::parse_image_config(request.config_json), platform);
    request.layers = found.manifest.layers;
    Engine::Pulled pulled;
    pulled.digest = found.named;
    const store::LoadedImage loaded = take_layers(request, found.manifest.layers);
    store_.add_signatures(loaded.id, signatures);
    pulled.newer = loaded.renamed;
    pulled.familiar = reference_.familiar();
    pulled.canonical = reference_.canonical();
    // As docker: a digest is enough of a name.
    if (reference_.digest) {
      pulled.familiar = cat(reference_.familiar_name(), "@", reference_.digest->text());
      pulled.canonical = cat(reference_.name, "@", reference_.digest->text());
    }
    if (options_.pulled) options_.pulled(pulled);
    return pulled;
  }

 private:
  // Before any layer is fetched. The registry is asked only where a rule asks for signatures.
  std::vector<oci::ImageSignature> require_signatures(const Found& found, const oci::ImageId& image) {
    std::vector<oci::ImageSignature> signatures;
    const TrustRule* rule = trust_.find(reference_.name);
    if (rule != nullptr && rule->demand == TrustRule::Demand::signature) {
      signatures = fetch_signatures(repository_, found.digest, image);
    }
    require_trusted_names(trust_, store_, image, {reference_}, signatures,
                          "get one by such a key, and load the image with it (load --signature FILE)");
    return signatures;
  }

  // An image that is here has its config here.
  std::string config_of(const oci::Descriptor& descriptor) {
    const std::optional<store::ImageRow> row = store_.find_image(descriptor.digest.text());
    if (row && row->id.digest == descriptor.digest) return row->config_json;
    return repository_.fetch_text(descriptor);
  }

  void tell(size_t layer, PullStep::State state, uint64_t done = 0, uint64_t total = 0) {
    if (options_.step) options_.step({layer, (*layers_)[layer].digest.short_hex(), state, done, total});
  }

  store::LoadedImage take_layers(store::PullRequest& request, const std::vector<oci::Descriptor>& layers) {
    layers_ = &layers;
    LayerFetcher fetcher(
        {options_.registry, reference_, repository_, layers}, store_.location().root + "/tmp",
        [&](size_t layer, uint64_t done) { tell(layer, PullStep::State::downloading, done, layers[layer].size); });
    request.missing = [&](const std::vector<size_t>& missing) {
      std::vector<bool> comes(layers.size());
      for (const size_t layer : missing) comes[layer] = true;
      for (size_t i = 0; i < layers.size(); ++i) {
        tell(i, comes[i] ? PullStep::State::queued : PullStep::State::present);
      }
      fetcher.expect(missing);
    };
    request.keep_blobs = options_.keep_blobs;
    request.open = [&](size_t layer) {
      Fd file = fetcher.take(layer);
      tell(layer, PullStep::State::downloaded);
      return file;
    };
    request.progress = [&](size_t layer, uint64_t done, uint64_t total) {
      tell(layer, PullStep::State::extracting, done, total);
    };
    request.taken = [&](size_t layer) { tell(layer, PullStep::State::complete); };
    return store_.pull(request);
  }

  store::Store& store_;
  const TrustPolicy& trust_;
  const Engine::PullOptions& options_;
  const oci::Reference& reference_;
  registry::Endpoints& repository_;
  const std::vector<oci::Descriptor>* layers_ = nullptr;
};

}  // namespace

Engine::Pulled Engine::pull_image(const PullOptions& options) {
  const oci::Reference reference = oci::parse_reference(options.reference);
  try {
    registry::Endpoints repository(options.registry, reference);
    return Pulling(store_, trust_, options, reference, repository).run();
  } catch (const Error& error) {
    throw error.with_context(cat("cannot pull ", reference.familiar()));
  }
}

bool Engine::pull_all_tags(const PullOptions& options) {
  oci::Reference reference = oci::parse_reference(options.reference);
  reference.tag.clear();
  reference.digest.reset();
  bool newer = false;
  try {
    registry::Endpoints repository(options.registry, reference);
    for (const std::string& tag : repository.list_tags()) {
      if (oci::is_referrers_tag(tag)) continue;
      reference.tag = tag;
      newer = Pulling(store_, trust_, options, reference, repository).run().newer || newer;
    }
  } catch (const Error& error) {
    throw error.with_context(cat("cannot pull ", reference.familiar()));
  }
  return newer;
}

}  // namespace minidock::engine
