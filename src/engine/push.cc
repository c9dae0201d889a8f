// push: images to a registry. Their layers, as the registry has them already, as another of its repositories has them,
// as they were kept, or made anew; then the config, and last the manifest.
#include <sys/stat.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "engine/blob_senders.h"
#include "engine/engine.h"
#include "engine/remote_signatures.h"
#include "registry/destination.h"
#include "registry/registry.h"
#include "store/archive/gzip_writer.h"
#include "store/kept_blobs.h"

namespace minidock::engine {

namespace {

constexpr size_t kMostTries = 4;  // of forms that another repository has: a look costs a round trip

// As what the registry may have a layer already.
struct Way {
  store::RegistryLayer form;
  bool mount = false;  // from the form's repository, which is one of this registry
};

struct Layer {
  oci::DiffId id;
  uint64_t size = 0;                    // of what is read to send it:
  std::optional<store::KeptBlob> kept;  // as it came, in a form that the manifest can name,
  Fd tar;                               // or else the tar, to be compressed
  std::vector<Way> ways;

  int source() const { return kept ? kept->file.get() : tar.get(); }
};

// The media type in a manifest of that format; "" where it has none.
std::string layer_type(oci::Compression compression, bool docker_format) {
  switch (compression) {
    case oci::Compression::none:
      return docker_format ? oci::media::kDockerLayer : oci::media::kLayer;
    case oci::Compression::gzip:
      return docker_format ? oci::media::kDockerGzipLayer : oci::media::kGzipLayer;
    case oci::Compression::zstd:
      return docker_format ? "" : oci::media::kZstdLayer;
  }
  return "";
}

// The same of a layer with that media type elsewhere.
std::string layer_type_here(const std::string& media_type, bool docker_format) {
  const std::optional<oci::Compression> compression = oci::layer_compression(media_type);
  return compression ? layer_type(*compression, docker_format) : "";
}

uint64_t size_of(int file) {
  struct stat info;
  if (fstat(file, &info) != 0) throw_errno("stat a layer's tar");
  return static_cast<uint64_t>(info.st_size);
}

std::string host_of(const std::string& repository) {
  return repository.substr(0, repository.find('/'));
}
std::string path_of(const std::string& repository) {
  return repository.substr(repository.find('/') + 1);
}

// Known forms of a layer: those of the repository itself first, then those of its registry, then others', which the
// repository may have from somebody else.
std::vector<Way> ways_of(const std::vector<store::RegistryLayer>& forms, const std::string& repository,
                         bool docker_format) {
  std::vector<Way> own, near, far;
  for (store::RegistryLayer form : forms) {
    form.blob.media_type = layer_type_here(form.blob.media_type, docker_format);
    if (form.blob.media_type.empty()) continue;
    const bool same_host = host_of(form.repository) == host_of(repository);
    std::vector<Way>& list = form.repository == repository ? own : same_host ? near : far;
    if (list.size() < kMostTries) list.push_back({std::move(form), &list == &near});
  }
  own.insert(own.end(), near.begin(), near.end());
  own.insert(own.end(), far.begin(), far.end());
  return own;
}

// What `reader` reads, told as it goes.
template <typename Reader>
registry::BlobReader told(std::shared_ptr<Reader> reader, SentBlob& out) {
  return [reader, &out](char* buffer, size_t room) {
    const size_t size = reader->read(buffer, room);
    out.tell_done(reader->used());
    return size;
  };
}

oci::Descriptor upload_kept(registry::Destination& destination, const store::KeptBlob& kept, SentBlob& out) {
  return destination.upload([&] { return told(std::make_shared<store::KeptBlobReader>(kept), out); }, kept.blob);
}

oci::Descriptor compress(registry::Destination& destination, const Layer& layer, SentBlob& out) {
  return destination.upload(
      [&] { return told(std::make_shared<store::GzipWriter>(layer.tar.get(), layer.id.digest), out); });
}

// In a child.
void send_layer(registry::Destination& destination, const Layer& layer, SentBlob& out) {
  for (size_t i = 0; i < layer.ways.size(); ++i) {
    const Way& way = layer.ways[i];
    const bool there = way.mount ? destination.try_mount(way.form.blob, path_of(way.form.repository))
                                 : destination.has_blob(way.form.blob);
    if (!there) continue;
    out.source = i;
    out.digest = way.form.blob.digest;
    out.size = way.form.blob.size;
    return out.tell(way.mount ? SentBlob::State::mounted : SentBlob::State::present);
  }
  out.tell(SentBlob::State::sending);
  const oci::Descriptor sent =
      layer.kept ? upload_kept(destination, *layer.kept, out) : compress(destination, layer, out);
  out.digest = sent.digest;
  out.size = sent.size;
  out.tell(SentBlob::State::sent);
}

PushStep::State step_of(SentBlob::State state) {
  switch (state) {
    case SentBlob::State::waiting:
      return PushStep::State::waiting;
    case SentBlob::State::asking:
      break;
    case SentBlob::State::sending:
      return PushStep::State::pushing;
    case SentBlob::State::sent:
      return PushStep::State::pushed;
    case SentBlob::State::present:
      return PushStep::State::present;
    case SentBlob::State::mounted:
      return PushStep::State::mounted;
  }
  return PushStep::State::preparing;
}

// All tags of one repository that are to be pushed, one after the other.
class Pushing {
 public:
  Pushing(store::Store& store, const Engine::PushOptions& options, const oci::Reference& reference)
      : store_(store),
        options_(options),
        repository_(reference.name),
        session_(options.registry, host_of(repository_)),
        destination_(session_, path_of(repository_)) {}

  void push(const oci::Reference& reference, const store::ImageRow& image) {
    image_ = &image;
    const std::vector<Layer> layers = layers_of(image);
    for (size_t i = image.layers.size(); i-- > 0;) tell(i, {});
    oci::ImageManifest manifest;
    if (options_.docker_format) manifest.media_type = oci::media::kDockerManifest;
    manifest.config.media_type = options_.docker_format ? oci::media::kDockerConfig : oci::media::kConfig;
    manifest.config.digest = image.id.digest;
    manifest.config.size = image.config_json.size();
    // The first request finds out where the registry is and who we are: the children then know.
    const bool has_config = destination_.has_blob(manifest.config);
    store::PushRecord record{reference, {}, image.id, {}};
    send(layers, manifest, record);
    if (!has_config) destination_.ensure_text(manifest.config, image.config_json);
    const std::string text = oci::to_json(manifest);
    const std::string trouble = try_send_signatures({manifest.media_type, oci::sha256(text), text.size(), {}, {}, {}});
    // order: last, so that whoever sees it finds all that it names, and who has signed it.
    record.manifest = destination_.put_manifest(reference.tag, manifest.media_type, text);
    store_.record_push(record);
    if (options_.pushed) options_.pushed({reference.tag, record.manifest, text.size()});
    if (!trouble.empty()) throw_error(ErrorKind::unsupported, "it is there, but not its signatures: ", trouble);
  }

 private:
  // As save does: those that are for the name that it gets. Says what is wrong where they could not be sent: to a
  // registry that takes no artifacts the image goes all the same.
  std::string try_send_signatures(const oci::Descriptor& subject) {
    std::vector<oci::ImageSignature> signatures = store_.signatures(image_->id);
    std::erase_if(signatures, [&](const auto& one) { return one.claim.repository != repository_; });
    try {
      send_signatures(destination_, signatures, subject);
      return "";
    } catch (const registry::TransferError&) {
      throw;
    } catch (const Error& error) {
      return error.what();
    }
  }

  // Each once. Their tars are held open: what removes the image meanwhile does not take them away.
  std::vector<Layer> layers_of(const store::ImageRow& image) {
    std::vector<Layer> layers;
    for (const oci::DiffId& id : image.layers) {
      const auto is_it = [&](const Layer& other) { return other.id == id; };
      if (std::any_of(layers.begin(), layers.end(), is_it)) continue;
      Layer layer;
      layer.id = id;
      layer.kept = store_.find_kept_blob(id);
      if (layer.kept) {
        std::string& type = layer.kept->blob.media_type;
        type = layer_type_here(type, options_.docker_format);
        if (type.empty()) layer.kept.reset();
      }
      if (!layer.kept) layer.tar = store_.open_layer_tar(id);
      layer.size = size_of(layer.source());
      layer.ways = ways_of(store_.list_layer_forms(id), repository_, options_.docker_format);
      layers.push_back(std::move(layer));
    }
    return layers;
  }

  void send(const std::vector<Layer>& layers, oci::ImageManifest& manifest, store::PushRecord& record) {
    std::vector<BlobSender> senders;
    for (const Layer& layer : layers) {
      senders.push_back({layer.source(), [&](SentBlob& out) {
                           registry::Session session(options_.registry, session_.host());
                           session.learn_from(session_);
                           registry::Destination destination(session, path_of(repository_));
                           send_layer(destination, layer, out);
                         }});
    }
    const auto told = [&](size_t index, const SentBlob& blob) { tell_all(layers[index], blob); };
    const std::vector<SentBlob> sent = send_blobs(senders, told);
    for (const oci::DiffId& id : image_->layers) {
      const auto layer = std::find_if(layers.begin(), layers.end(), [&](const Layer& one) { return one.id == id; });
      const SentBlob& blob = sent[static_cast<size_t>(layer - layers.begin())];
      oci::Descriptor descriptor;
      descriptor.digest = blob.digest;
      descriptor.size = blob.size;
      descriptor.media_type = type_of(*layer, blob);
      manifest.layers.push_back(descriptor);
      record.layers.push_back({id, {repository_, descriptor}});
    }
  }

  std::string type_of(const Layer& layer, const SentBlob& blob) const {
    if (blob.state != SentBlob::State::sent) return layer.ways[blob.source].form.blob.media_type;
    return layer.kept ? layer.kept->blob.media_type : layer_type(oci::Compression::gzip, options_.docker_format);
  }

  // A layer that is in the image twice has two lines.
  void tell_all(const Layer& layer, const SentBlob& blob) {
    if (blob.state == SentBlob::State::asking) return;  // docker has no word for it
    PushStep step;
    step.state = step_of(blob.state);
    step.done = blob.done;
    step.total = layer.size;
    if (blob.state == SentBlob::State::mounted) step.from = path_of(layer.ways[blob.source].form.repository);
    for (size_t i = image_->layers.size(); i-- > 0;) {
      if (image_->layers[i] == layer.id) tell(i, step);
    }
  }

  void tell(size_t position, PushStep step) {
    step.layer = image_->layers.size() - 1 - position;
    step.id = image_->layers[position].digest.short_hex();
    if (options_.step) options_.step(step);
  }

  store::Store& store_;
  const Engine::PushOptions& options_;
  std::string repository_;
  registry::Session session_;
  registry::Destination destination_;
  const store::ImageRow* image_ = nullptr;
};

// The tags of a repository, with their images.
std::vector<std::pair<oci::Reference, store::ImageRow>> tags_of(store::Store& store, const oci::Reference& wanted,
                                                                bool all_tags) {
  std::vector<std::pair<oci::Reference, store::ImageRow>> out;
  bool known = false;
  for (const store::ImageRow& row : store.list_images()) {
    for (const std::string& digest : row.digests) known = known || digest.starts_with(wanted.name + "@");
    for (const std::string& tag : row.tags) {
      const oci::Reference reference = oci::parse_reference(tag);
      if (reference.name != wanted.name) continue;
      known = true;
      if (all_tags || reference.tag == wanted.tag) out.emplace_back(reference, row);
    }
  }
  if (!known) {
    throw_error(ErrorKind::not_found, "An image does not exist locally with the tag: ", wanted.familiar_name());
  }
  if (out.empty() && all_tags) throw_error(ErrorKind::not_found, "no tags to push for ", wanted.familiar_name());
  if (out.empty()) throw_error(ErrorKind::not_found, "tag does not exist: ", wanted.familiar());
  std::sort(out.begin(), out.end(), [](const auto& one, const auto& other) { return one.first.tag < other.first.tag; });
  return out;
}

void require_platform(const oci::Reference& reference, const store::ImageRow& image, const std::string& wanted) {
  if (wanted.empty()) return;
  const oci::Platform platform = oci::parse_platform(wanted);
  const oci::ImageConfig config = oci::parse_image_config(image.config_json);
  const oci::Platform has = {config.os, config.architecture, config.variant};
  if (oci::match(platform, has) > 0) return;
  throw_error(ErrorKind::not_found, "image with reference ", reference.familiar(), " was found but its platform (",
              printable(has.text()), ") does not match the specified platform (", platform.text(), ")");
}

}  // namespace

void Engine::push_images(const PushOptions& options) {
  const oci::Reference reference = oci::parse_reference(options.reference);
  if (reference.digest) throw_error(ErrorKind::invalid, "cannot push a digest reference");
  if (options.begun) options.begun(reference.name);
  const auto tags = tags_of(store_, reference, options.all_tags);
  for (const auto& [tag, image] : tags) require_platform(tag, image, options.platform);
  Pushing pushing(store_, options, reference);
  for (const auto& [tag, image] : tags) {
    try {
      pushing.push(tag, image);
    } catch (const Error& error) {
      throw error.with_context(cat("cannot push ", tag.familiar()));
    }
  }
}

}  // namespace minidock::engine
