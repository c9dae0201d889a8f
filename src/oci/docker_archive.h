// The JSON texts of a docker-archive, the form of `docker save`.
// Sources: the docker image specification 1.2, "Combined Image JSON + Filesystem Changeset Format", and 1.0 for
// archives that have `repositories` and no manifest.json.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "oci/digest.h"
#include "oci/image_config.h"

namespace minidock::oci {

// An element of manifest.json. Names are those of files in the archive.
struct ArchivedImage {
  std::string config;
  std::vector<std::string> tags;    // "busybox:latest"
  std::vector<std::string> layers;  // bottom first
};

// Throw corrupt, as parse_image_manifest() does.
std::vector<ArchivedImage> parse_docker_manifest(std::string_view json);
std::string to_json(const std::vector<ArchivedImage>& images);

// repositories: name -> tag -> the ID of a layer, which in archives before 1.2 is the image.
using Repositories = std::map<std::string, std::map<std::string, std::string>>;
Repositories parse_repositories(std::string_view json);
std::string to_json(const Repositories& repositories);

// ID/json of an archive before 1.2: an image is its topmost layer, and each names the one below.
struct OldImage {
  std::string parent;  // "" of the lowest
  std::string text;    // as it is
};
OldImage parse_old_image(std::string_view json, std::string_view document);
// The config of today that says what those say, bottom first; `layers` are the digests of their tars.
std::string modern_config(const std::vector<OldImage>& images, const std::vector<DiffId>& layers);

}  // namespace minidock::oci
