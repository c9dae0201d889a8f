// Signatures of images: what is signed, and the envelope around it (docs/decisions/0022-signatures.md).
//
//   claim      {"image":"sha256:…","repository":"docker.io/library/app"}      these bytes and no others
//   signed     "DSSEv1 44 <kClaimType> <length> <claim>"                      DSSE's pre-authentication encoding
//   envelope   {"payload":"<base64>","payloadType":"<kClaimType>","signatures":[{"keyid":"<hex>","sig":"<base64>"}]}
//
// Source: DSSE v1.0.0, protocol.md and envelope.md (github.com/secure-systems-lab/dsse).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "oci/digest.h"
#include "oci/ed25519.h"
#include "oci/image_manifest.h"

namespace minidock::oci {

inline constexpr std::string_view kClaimType = "application/vnd.minidock.image-claim.v1+json";
inline constexpr const char* kEnvelopeType = "application/vnd.dsse.envelope.v1+json";
inline constexpr const char* kSignatureArtifact = "application/vnd.minidock.image-signatures.v1";
// In an OCI image layout: the annotation of an image's descriptor with the digest of that artifact's manifest. Others
// take each manifest of index.json for an image; an annotation they pass over.
inline constexpr const char* kSignaturesKey = "vnd.minidock.signatures";
inline constexpr size_t kEnvelopeBytes = 4096;  // more than the longest name needs
inline constexpr size_t kImageSignatures = 64;  // of one image

// "The image with this ID is what this repository has." The ID is the SHA-256 of the config, which names every layer by
// the SHA-256 of its tar.
struct ImageClaim {
  ImageId image;
  std::string repository;  // canonical, no tag: "docker.io/library/app"
  bool operator==(const ImageClaim&) const = default;
};

struct ImageSignature {
  ImageClaim claim;
  Digest key;             // PublicKey::id(), as the envelope says: a hint, and nobody's word
  std::string signature;  // 64 bytes
  bool operator==(const ImageSignature&) const = default;
};

std::string to_json(const ImageClaim& claim);
std::string signed_bytes(std::string_view type, std::string_view payload);  // DSSE's PAE

ImageSignature sign(const ImageClaim& claim, const PrivateKey& key);
bool verify(const ImageSignature& signature, const PublicKey& key);

// One signature has one envelope: keys sorted, no spaces, no end of line.
std::string to_json(const ImageSignature& signature);
// Throws corrupt, naming `document`, for any other bytes than to_json() writes: what is signed is then read by
// everybody alike. White space at the end of the text is passed over. Nothing is verified.
ImageSignature parse_image_signature(std::string_view text, std::string_view document);

// The envelopes of an image as an artifact of the OCI (image-spec 1.1 manifest.md, "Guidelines for Artifact Usage"):
// a manifest whose layers they are, and whose subject is the image's manifest.
struct SignatureArtifact {
  std::string manifest;
  std::vector<std::pair<Descriptor, std::string>> blobs;  // what the manifest names, its config first
};
SignatureArtifact make_signature_artifact(const std::vector<std::string>& envelopes, const Descriptor& subject);
// The envelopes that such a manifest names; throws corrupt for what is no such manifest, exhausted for too many.
std::vector<Descriptor> parse_signature_artifact(std::string_view manifest, std::string_view document);
// The tag below which registries without the referrers API keep the index of a manifest's artifacts
// (distribution-spec, "Referrers Tag Schema"): "sha256-…".
std::string referrers_tag(const Digest& manifest);
// Whether a tag is of that form, also with what others put behind it ("sha256-….sig"): then it is no image's.
bool is_referrers_tag(std::string_view tag);

}  // namespace minidock::oci
