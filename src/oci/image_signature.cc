#include "oci/image_signature.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "oci/json_fields.h"
#include "oci/reference.h"

namespace minidock::oci {

namespace {

// spec: image-spec manifest.md "Guidance for an Empty Descriptor".
constexpr const char* kEmptyType = "application/vnd.oci.empty.v1+json";
constexpr std::string_view kEmpty = "{}";

[[noreturn]] void refuse_envelope(std::string_view document, std::string_view complaint) {
  throw_error(ErrorKind::corrupt, document, ": not a signature of an image: ", complaint);
}

std::string decode(const JsonReader& from, const char* key, std::string_view document) {
  std::string text;
  from.read(key, text);
  std::optional<std::string> bytes = base64_decode(text);
  if (!bytes) refuse_envelope(document, cat(key, " is not base64"));
  return std::move(*bytes);
}

ImageClaim parse_claim(std::string_view text, std::string_view document) {
  const nlohmann::json parsed = parse_json_strictly(text, document, ErrorKind::corrupt);
  const JsonReader from(parsed, document, ErrorKind::corrupt);
  std::string image;
  ImageClaim claim;
  from.read("image", image);
  from.read("repository", claim.repository);
  const std::optional<Digest> digest = Digest::parse(image);
  if (!digest) refuse_envelope(document, "it names no image");
  claim.image.digest = *digest;
  return claim;
}

bool is_canonical(const std::string& repository) {
  try {
    return parse_reference(repository).name == repository;
  } catch (const Error&) {
    return false;
  }
}

nlohmann::json to_value(const Descriptor& descriptor) {
  return {{"mediaType", descriptor.media_type}, {"digest", descriptor.digest.text()}, {"size", descriptor.size}};
}

Descriptor describe(const char* type, std::string_view text) {
  return {type, sha256(text), text.size(), {}, {}, {}};
}

}  // namespace

std::string to_json(const ImageClaim& claim) {
  return dump_json({{"image", claim.image.text()}, {"repository", claim.repository}});
}

std::string signed_bytes(std::string_view type, std::string_view payload) {
  return cat("DSSEv1 ", type.size(), " ", type, " ", payload.size(), " ", payload);
}

ImageSignature sign(const ImageClaim& claim, const PrivateKey& key) {
  return {claim, key.public_key().id(), key.sign(signed_bytes(kClaimType, to_json(claim)))};
}

bool verify(const ImageSignature& signature, const PublicKey& key) {
  return key.verify(signed_bytes(kClaimType, to_json(signature.claim)), signature.signature);
}

std::string to_json(const ImageSignature& signature) {
  nlohmann::json one = {{"keyid", signature.key.hex()}, {"sig", base64_encode(signature.signature)}};
  return dump_json({{"payload", base64_encode(to_json(signature.claim))},
                    {"payloadType", kClaimType},
                    {"signatures", nlohmann::json::array({std::move(one)})}});
}

ImageSignature parse_image_signature(std::string_view text, std::string_view document) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (text.size() > kEnvelopeBytes) refuse_envelope(document, cat("it has more than ", kEnvelopeBytes, " bytes"));
  const nlohmann::json parsed = parse_json_strictly(text, document, ErrorKind::corrupt);
  const JsonReader from(parsed, document, ErrorKind::corrupt);
  std::string type;
  from.read("payloadType", type);
  if (type != kClaimType) refuse_envelope(document, cat("its type is \"", printable(type), "\", not ", kClaimType));
  ImageSignature out;
  out.claim = parse_claim(decode(from, "payload", document), document);
  const std::vector<JsonReader> list = from.list("signatures");
  if (list.size() != 1) refuse_envelope(document, cat("it has ", list.size(), " signatures, not one"));
  std::string key;
  list[0].read("keyid", key);
  const std::optional<Digest> id = Digest::parse_hex(key);
  if (!id) refuse_envelope(document, "its keyid is not 64 hexadecimal digits");
  out.key = *id;
  out.signature = decode(list[0], "sig", document);
  // security: of texts that mean the same there is one. What another reader could take otherwise is no signature here:
  // fields we do not know, numbers for texts, other escapes, other base64, names that are not canonical.
  if (to_json(out) != text || !is_canonical(out.claim.repository)) {
    refuse_envelope(document, "it is written in another way than signatures are");
  }
  return out;
}

SignatureArtifact make_signature_artifact(const std::vector<std::string>& envelopes, const Descriptor& subject) {
  SignatureArtifact out;
  out.blobs.emplace_back(describe(kEmptyType, kEmpty), kEmpty);
  nlohmann::json layers = nlohmann::json::array();
  for (const std::string& envelope : envelopes) {
    out.blobs.emplace_back(describe(kEnvelopeType, envelope), envelope);
    layers.push_back(to_value(out.blobs.back().first));
  }
  out.manifest = dump_json({{"schemaVersion", 2},
                            {"mediaType", media::kManifest},
                            {"artifactType", kSignatureArtifact},
                            {"config", to_value(out.blobs[0].first)},
                            {"layers", std::move(layers)},
                            {"subject", to_value(subject)}});
  return out;
}

std::vector<Descriptor> parse_signature_artifact(std::string_view manifest, std::string_view document) {
  const nlohmann::json parsed = parse_json_strictly(manifest, document, ErrorKind::corrupt);
  std::string type;
  JsonReader(parsed, document, ErrorKind::corrupt).read("artifactType", type);
  if (type != kSignatureArtifact) {
    throw_error(ErrorKind::corrupt, document, ": artifactType: expected ", kSignatureArtifact, ", not \"",
                printable(type), "\"");
  }
  std::vector<Descriptor> envelopes = parse_image_manifest(manifest, document).layers;
  if (envelopes.size() > kImageSignatures) {
    throw_error(ErrorKind::exhausted, document, ": ", envelopes.size(), " signatures; ", kImageSignatures,
                " are the most that an image has");
  }
  for (const Descriptor& envelope : envelopes) {
    if (envelope.media_type != kEnvelopeType || envelope.size > kEnvelopeBytes) {
      throw_error(ErrorKind::corrupt, document, ": a layer of it is no signature");
    }
  }
  return envelopes;
}

std::string referrers_tag(const Digest& manifest) {
  return cat("sha256-", manifest.hex());
}

bool is_referrers_tag(std::string_view tag) {
  constexpr std::string_view kPrefix = "sha256-";
  constexpr size_t kHexDigits = 64;
  if (!tag.starts_with(kPrefix)) return false;
  tag.remove_prefix(kPrefix.size());
  return Digest::parse_hex(tag.substr(0, kHexDigits)) && (tag.size() == kHexDigits || tag[kHexDigits] == '.');
}

}  // namespace minidock::oci
