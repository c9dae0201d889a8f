#include "engine/remote_signatures.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace minidock::engine {

namespace {

constexpr size_t kArtifacts = 8;

std::vector<oci::Descriptor> list_artifacts(registry::Endpoints& repository, const oci::Digest& manifest) {
  try {
    std::vector<oci::Descriptor> artifacts = repository.fetch_referrers(manifest, oci::kSignatureArtifact);
    // The newest stand last, and have all that those before them have, where a push of ours made them.
    if (artifacts.size() > kArtifacts) artifacts.erase(artifacts.begin(), artifacts.end() - kArtifacts);
    return artifacts;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    return {};
  }
}

void add_envelopes(registry::Endpoints& repository, const oci::Descriptor& artifact, const oci::ImageId& image,
                   std::vector<oci::ImageSignature>& signatures) {
  const std::string name = artifact.digest.text();
  for (const oci::Descriptor& envelope : oci::parse_signature_artifact(repository.fetch_manifest(name).text, name)) {
    if (signatures.size() == oci::kImageSignatures) return;
    oci::ImageSignature signature = oci::parse_image_signature(repository.fetch_text(envelope), envelope.digest.text());
    const bool is_new = std::find(signatures.begin(), signatures.end(), signature) == signatures.end();
    if (signature.claim.image == image && is_new) signatures.push_back(std::move(signature));
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

void send_signatures(registry::Destination& destination, const std::vector<oci::ImageSignature>& signatures,
                     const oci::Descriptor& subject) {
  if (signatures.empty()) return;
  std::vector<std::string> envelopes;
  for (const oci::ImageSignature& signature : signatures) envelopes.push_back(oci::to_json(signature));
  const oci::SignatureArtifact artifact = oci::make_signature_artifact(envelopes, subject);
  for (const auto& [blob, text] : artifact.blobs) destination.ensure_text(blob, text);
  oci::Descriptor descriptor;
  descriptor.media_type = oci::media::kManifest;
  descriptor.artifact_type = oci::kSignatureArtifact;
  descriptor.digest = oci::sha256(artifact.manifest);
  descriptor.size = artifact.manifest.size();
  destination.put_artifact(descriptor, artifact.manifest, subject.digest);
}

}  // namespace minidock::engine
