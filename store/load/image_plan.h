// What a source says is in it: images, each with its config and where its layers lie. Made before anything is stored:
// all texts are read, all digests of texts and all sizes have been checked, and the layers are known to be there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "oci/image_config.h"
#include "oci/image_manifest.h"
#include "oci/reference.h"
#include "store/load/image_source.h"

namespace minidock::store {

struct PlannedLayer {
  std::string file;  // of the source
  oci::DiffId diff_id;
  std::optional<oci::Digest> digest;  // of the file, where the source gives one
  std::string lacking;                // why the file is not there; "": it is
};

struct PlannedImage {
  std::string config_json;  // as it is: its SHA-256 is the image's ID
  oci::ImageConfig config;
  std::vector<PlannedLayer> layers;  // bottom first
  std::vector<oci::Reference> references;
  std::vector<oci::ImageSignature> signatures = {};  // of this image; not verified
  oci::ImageId id() const { return oci::image_id(config_json); }
};

// `platform`: what was asked for; nullopt: this host's where there is a choice.
std::vector<PlannedImage> plan_images(ImageSource& source, const std::optional<oci::Platform>& platform);

// The parts of it, by the source's kind. image-spec image-layout.md; docker's manifest.json; its older repositories.
std::vector<PlannedImage> plan_oci_layout(ImageSource& source, const std::optional<oci::Platform>& platform);
std::vector<PlannedImage> plan_docker_archive(ImageSource& source);
std::vector<PlannedImage> plan_old_archive(ImageSource& source);

// Config and names from their texts. Throws corrupt, invalid, or unsupported for what is no image of Linux.
PlannedImage plan_image(std::string config_json, const std::vector<std::string>& names);
// Throws corrupt where config and layers are not of one number.
void require_layer_count(const PlannedImage& image, size_t layers);

}  // namespace minidock::store
