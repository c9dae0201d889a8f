#include "oci/image_manifest.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "oci/json_fields.h"

namespace minidock::oci {

namespace {

Descriptor read_descriptor(const JsonReader& from) {
  Descriptor descriptor;
  std::string digest;
  from.read("mediaType", descriptor.media_type);
  from.read("digest", digest);
  from.read("size", descriptor.size);
  from.read("annotations", descriptor.annotations);
  from.read("urls", descriptor.urls);
  from.read("artifactType", descriptor.artifact_type);
  const std::optional<Digest> parsed = Digest::parse(digest);
  if (!parsed) from.fail("digest", cat("expected sha256:…, not \"", printable(digest.substr(0, 80)), "\""));
  descriptor.digest = *parsed;
  if (!from.has("size")) from.fail("size", "is missing");
  if (const auto platform = from.find("platform")) {
    Platform& out = descriptor.platform.emplace();
    platform->read("os", out.os);
    platform->read("architecture", out.architecture);
    platform->read("variant", out.variant);
  }
  return descriptor;
}

std::vector<Descriptor> read_descriptors(const JsonReader& from, const char* key) {
  std::vector<Descriptor> out;
  for (const JsonReader& entry : from.list(key)) out.push_back(read_descriptor(entry));
  return out;
}

nlohmann::json to_value(const Descriptor& descriptor) {
  nlohmann::json out = {
      {"mediaType", descriptor.media_type}, {"digest", descriptor.digest.text()}, {"size", descriptor.size}};
  if (!descriptor.annotations.empty()) out["annotations"] = descriptor.annotations;
  put(out, "artifactType", descriptor.artifact_type);
  if (descriptor.platform) {
    nlohmann::json platform = {{"os", descriptor.platform->os}, {"architecture", descriptor.platform->architecture}};
    put(platform, "variant", descriptor.platform->variant);
    out["platform"] = std::move(platform);
  }
  return out;
}

void require_version(const JsonReader& from) {
  int version = 0;
  from.read("schemaVersion", version);
  if (version != 2) from.fail("schemaVersion", cat("expected 2, not ", version));
}

}  // namespace

std::optional<Compression> layer_compression(std::string_view media_type) {
  if (media_type == media::kLayer || media_type == media::kDockerLayer) return Compression::none;
  if (media_type == media::kGzipLayer || media_type == media::kDockerGzipLayer) return Compression::gzip;
  if (media_type == media::kZstdLayer) return Compression::zstd;
  return std::nullopt;
}

bool Descriptor::is_attestation() const {
  const auto type = annotations.find("vnd.docker.reference.type");
  return (type != annotations.end() && type->second == "attestation-manifest") ||
         (platform && platform->os == "unknown" && platform->architecture == "unknown");
}

ImageManifest parse_image_manifest(std::string_view text, std::string_view document) {
  const nlohmann::json parsed = parse_json_strictly(text, document, ErrorKind::corrupt);
  const JsonReader from(parsed, document, ErrorKind::corrupt);
  require_version(from);
  // security: a text that is a manifest to one reader and an index to another (CVE-2021-41190).
  if (from.has("manifests")) from.fail("manifests", "has no place in a manifest");
  const auto config = from.find("config");
  if (!config) from.fail("config", "is missing");
  ImageManifest manifest;
  from.read("mediaType", manifest.media_type);
  manifest.config = read_descriptor(*config);
  manifest.layers = read_descriptors(from, "layers");
  return manifest;
}

std::vector<Descriptor> parse_image_index(std::string_view text, std::string_view document) {
  const nlohmann::json parsed = parse_json_strictly(text, document, ErrorKind::corrupt);
  const JsonReader from(parsed, document, ErrorKind::corrupt);
  require_version(from);
  for (const char* key : {"config", "layers"}) {
    if (from.has(key)) from.fail(key, "has no place in an index");
  }
  return read_descriptors(from, "manifests");
}

const Descriptor* choose_manifest(const std::vector<Descriptor>& choice, const Platform& wanted) {
  const Descriptor* best = nullptr;
  int quality = 0;
  for (const Descriptor& descriptor : choice) {
    if (descriptor.is_attestation() || !(descriptor.is_index() || descriptor.is_manifest())) continue;
    const int fits = descriptor.platform ? match(wanted, *descriptor.platform) : 1;
    if (fits <= quality) continue;
    best = &descriptor;
    quality = fits;
  }
  return best;
}

std::string platforms_text(const std::vector<Descriptor>& choice) {
  std::vector<std::string> there;
  for (const Descriptor& descriptor : choice) {
    if (descriptor.platform && !descriptor.is_attestation()) there.push_back(printable(descriptor.platform->text()));
  }
  if (there.empty()) return "there is none at all";
  return cat("there is ", join(there, ", "), "; choose one with --platform");
}

void check_layout_marker(std::string_view text) {
  const nlohmann::json parsed = parse_json_strictly(text, "oci-layout", ErrorKind::corrupt);
  const JsonReader from(parsed, "oci-layout", ErrorKind::corrupt);
  std::string version;
  from.read("imageLayoutVersion", version);
  if (!version.starts_with("1.")) {
    throw_error(ErrorKind::unsupported, "oci-layout: version \"", printable(version.substr(0, 40)),
                "\" of the OCI image layout is not known; 1.0.0 is");
  }
}

std::string to_json(const ImageManifest& manifest) {
  nlohmann::json layers = nlohmann::json::array();
  for (const Descriptor& layer : manifest.layers) layers.push_back(to_value(layer));
  return dump_json({{"schemaVersion", 2},
                    {"mediaType", manifest.media_type},
                    {"config", to_value(manifest.config)},
                    {"layers", std::move(layers)}});
}

std::string index_to_json(const std::vector<Descriptor>& manifests) {
  nlohmann::json list = nlohmann::json::array();
  for (const Descriptor& manifest : manifests) list.push_back(to_value(manifest));
  return dump_json({{"schemaVersion", 2}, {"mediaType", media::kIndex}, {"manifests", std::move(list)}});
}

}  // namespace minidock::oci
