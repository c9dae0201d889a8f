#include "engine/remote_signatures.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace minidock::engine {

namespace {

constexpr size_t kArtifacts = 8;

std::vector<oci::Descriptor> list_artifacts(registry::Endpoints& repository, const oci::Digest& manifest) {
  const std::string tag = oci::referrers_tag(manifest);
  registry::Document index;
  try {
    index = repository.fetch_manifest(tag);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    return {};
  }
  std::vector<oci::Descriptor> artifacts;
  if (index.is_index) artifacts = oci::parse_image_index(index.text, tag);
  std::erase_if(artifacts, [](const oci::Descriptor& one) { return one.artifact_type != oci::kSignatureArtifact; });
  if (artifacts.size() > kArtifacts) artifacts.resize(kArtifacts);
  return artifacts;
}

void add_envelopes(registry::Endpoints& repository, const oci::Descriptor& artifact, const oci::ImageId& image,
                   std::vector<oci::ImageSignature>& signatures) {
  const std::string name = artifact.digest.text();
  for (const oci::Descriptor& envelope : oci::parse_signature_artifact(repository.fetch_manifest(name).text, name)) {
    if (signatures.size() == oci::kImageSignatures) return;
    oci::ImageSignature signature = oci::parse_image_signature(repository.fetch_text(envelope), envelope.digest.text());
    if (signature.claim.image == image) signatures.push_back(std::move(signature));
  }
}

}  // namespace

std::vector<oci::ImageSignature> fetch_signatures(registry::Endpoints& repository, const oci::Digest& manifest,
                                                  const oci::ImageId& image) {
  std::vector<oci::ImageSignature> signatures;
  for (const oci::Descriptor& artifact : list_artifacts(repository, manifest)) {
    try {
      add_envelopes(repository, artifact, image, signatures);
    } catch (const Error& error) {
      const ErrorKind kind = error.kind();
      if (kind != ErrorKind::corrupt && kind != ErrorKind::exhausted && kind != ErrorKind::not_found) throw;
    }
  }
  return signatures;
}

}  // namespace minidock::engine
