#include "engine/manifest.h"

#include "base/base64.h"
#include "base/error.h"
#include "oci/image_config.h"
#include "registry/registry.h"

namespace minidock::engine {

namespace {

// One name at its registry.
class Looking {
 public:
  Looking(const registry::Settings& settings, const std::string& text)
      : reference_(oci::parse_reference(text)),
        session_(settings, registry::host_of(reference_)),
        repository_(session_, registry::repository_of(reference_)) {}

  registry::Document top() {
    try {
      return repository_.fetch_manifest(reference_.digest ? reference_.digest->text() : reference_.tag);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;
      throw_error(ErrorKind::not_found, "no such manifest: ", reference_.familiar());
    }
  }

  ShownManifest shown(const registry::Document& document) const {
    ShownManifest out;
    out.name = reference_.canonical();
    out.descriptor.media_type = document.media_type;
    out.descriptor.digest = document.digest;
    out.descriptor.size = document.text.size();
    out.text = document.text;
    return out;
  }

  std::vector<ShownManifest> parts(const registry::Document& document) {
    std::vector<ShownManifest> out;
    if (!document.is_index) {
      out.push_back(shown(document));
      const oci::ImageManifest manifest = oci::parse_image_manifest(document.text, reference_.familiar());
      if (!manifest.config.is_config()) return out;
      const oci::ImageConfig config = oci::parse_image_config(repository_.fetch_text(manifest.config));
      out[0].descriptor.platform = {config.os, config.architecture, config.variant};
      return out;
    }
    for (const oci::Descriptor& part : oci::parse_image_index(document.text, reference_.familiar())) {
      ShownManifest one = shown(repository_.fetch_manifest(part.digest.text()));
      one.name = cat(reference_.canonical(), "@", part.digest.text());
      one.descriptor.platform = part.platform;
      one.descriptor.annotations = part.annotations;
      out.push_back(std::move(one));
    }
    return out;
  }

 private:
  oci::Reference reference_;
  registry::Session session_;
  registry::Repository repository_;
};

}  // namespace

std::string ShownManifest::base64() const {
  return base64_encode(text);
}

ShownManifest show_manifest(const registry::Settings& settings, const std::string& reference) {
  Looking looking(settings, reference);
  return looking.shown(looking.top());
}

std::vector<ShownManifest> show_manifest_parts(const registry::Settings& settings, const std::string& reference,
                                               bool& is_index) {
  Looking looking(settings, reference);
  const registry::Document top = looking.top();
  is_index = top.is_index;
  return looking.parts(top);
}

}  // namespace minidock::engine
