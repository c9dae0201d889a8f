#include "store/load/image_plan.h"

#include "base/error.h"
#include "oci/json_fields.h"

namespace minidock::store {

namespace {
constexpr size_t kMostLayers = 127;  // as for a commit

// The layers of a stack may be the same tar twice; an image of another system cannot be run here.
void require_linux(const oci::ImageConfig& config) {
  if (config.os.empty() || config.os == "linux") return;
  throw_error(ErrorKind::unsupported, "cannot load ", printable(config.os), " image on linux");
}

[[noreturn]] void refuse_other(ImageSource& source) {
  // What nearly every root file system has, and no archive of images.
  for (const char* name : {"etc", "usr", "bin", "var", "dev", "proc"}) {
    if (source.has_directory(name)) {
      throw_error(
          ErrorKind::invalid,
          "not an archive of images but of a root filesystem, as `docker export` makes it: use `minidock import`");
    }
  }
  throw_error(ErrorKind::invalid,
              "not an archive of images: it has neither manifest.json nor index.json; make one with `docker save`");
}
}  // namespace

PlannedImage plan_image(std::string config_json, const std::vector<std::string>& names) {
  PlannedImage image;
  oci::require_distinct_keys(config_json, "image config", ErrorKind::corrupt);
  image.config = oci::parse_image_config(config_json);
  image.config_json = std::move(config_json);
  require_linux(image.config);
  for (const std::string& name : names) {
    oci::Reference reference = oci::parse_reference(name);
    // security: a digest names bytes; here it would only be somebody's word.
    if (reference.digest) throw_error(ErrorKind::invalid, "invalid tag \"", printable(name), "\"");
    image.references.push_back(std::move(reference));
  }
  return image;
}

void require_layer_count(const PlannedImage& image, size_t layers) {
  const size_t expected = image.config.diff_ids.size();
  if (layers != expected) {
    throw_error(ErrorKind::corrupt, "invalid manifest, layers length mismatch: expected ", expected, ", got ", layers);
  }
  if (layers > kMostLayers) {
    throw_error(ErrorKind::exhausted, "the image has ", layers, " layers; ", kMostLayers, " are the most");
  }
}

std::vector<PlannedImage> plan_images(ImageSource& source, const std::optional<oci::Platform>& platform) {
  std::vector<PlannedImage> images;
  // An archive of docker 25 or later is both: its layout says more.
  if (source.find("oci-layout") && source.find("index.json")) {
    images = plan_oci_layout(source, platform);
  } else if (source.find("manifest.json")) {
    images = plan_docker_archive(source);
  } else if (source.find("repositories")) {
    images = plan_old_archive(source);
  } else {
    refuse_other(source);
  }
  if (images.empty()) throw_error(ErrorKind::invalid, "there is no image in it");
  if (!platform) return images;
  for (const PlannedImage& image : images) {
    const oci::Platform has = {image.config.os, image.config.architecture, image.config.variant};
    if (oci::match(*platform, has) > 0) continue;
    throw_error(ErrorKind::not_found, "image ", image.id().text(), " is for ", printable(has.text()), ", not for ",
                platform->text());
  }
  return images;
}

}  // namespace minidock::store
