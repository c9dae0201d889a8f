// Manifests and indexes of images, as archives and registries have them: structs and their JSON.
// Sources: image-spec descriptor.md, manifest.md, image-index.md, image-layout.md; distribution's "Image Manifest
// Version 2, Schema 2", whose manifests and lists have the same fields under other media types.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci/digest.h"
#include "oci/platform.h"

namespace minidock::oci {

namespace media {
inline constexpr const char* kIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr const char* kManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr const char* kConfig = "application/vnd.oci.image.config.v1+json";
inline constexpr const char* kLayer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr const char* kGzipLayer = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr const char* kZstdLayer = "application/vnd.oci.image.layer.v1.tar+zstd";
inline constexpr const char* kDockerLayer = "application/vnd.docker.image.rootfs.diff.tar";
inline constexpr const char* kDockerGzipLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip";
inline constexpr const char* kDockerList = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr const char* kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr const char* kDockerConfig = "application/vnd.docker.container.image.v1+json";
}  // namespace media

// What a layer's media type says of it; nullopt for one of a kind that we do not know, or that is not to be handed on.
enum class Compression { none, gzip, zstd };
std::optional<Compression> layer_compression(std::string_view media_type);

inline constexpr const char* kRefName = "org.opencontainers.image.ref.name";
inline constexpr const char* kContainerdName = "io.containerd.image.name";

struct Descriptor {
  std::string media_type;
  Digest digest;
  uint64_t size = 0;
  std::map<std::string, std::string> annotations;
  std::optional<Platform> platform;
  std::vector<std::string> urls;  // where a layer may be had that its owner does not let others hand on
  std::string artifact_type;      // of a manifest in an index, where it is no image

  bool is_index() const { return media_type == media::kIndex || media_type == media::kDockerList; }
  bool is_manifest() const { return media_type == media::kManifest || media_type == media::kDockerManifest; }
  bool is_config() const { return media_type == media::kConfig || media_type == media::kDockerConfig; }
  // What buildx keeps beside an image: made for no platform, and nothing to run.
  bool is_attestation() const;
};

struct ImageManifest {
  std::string media_type = media::kManifest;  // or kDockerManifest
  Descriptor config;
  std::vector<Descriptor> layers;  // bottom first
};

// Throw corrupt, naming `document`, for what is not such a JSON text, over 4 MiB, 64 deep, or says a thing twice.
ImageManifest parse_image_manifest(std::string_view json, std::string_view document);
std::vector<Descriptor> parse_image_index(std::string_view json, std::string_view document);
void check_layout_marker(std::string_view json);  // oci-layout; throws unsupported for another version

// Of those for several platforms the one for `wanted`, attestations apart; null where there is none. One that does not
// say what it is for does for any.
const Descriptor* choose_manifest(const std::vector<Descriptor>& choice, const Platform& wanted);
// For the message then: "there is linux/arm64, linux/s390x; choose one with --platform".
std::string platforms_text(const std::vector<Descriptor>& choice);

// Keys sorted, no spaces: the same bytes for the same structs.
std::string to_json(const ImageManifest& manifest);
std::string index_to_json(const std::vector<Descriptor>& manifests);

}  // namespace minidock::oci
