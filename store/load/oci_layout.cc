// An OCI image layout: index.json, the indexes below it, manifests, configs. image-spec image-layout.md.
#include <algorithm>
#include <map>

#include "base/error.h"
#include "store/load/image_plan.h"

namespace minidock::store {

namespace {

constexpr int kIndexDepth = 8;
constexpr size_t kManifests = 1000;

std::string blob_name(const oci::Digest& digest) {
  return "blobs/sha256/" + digest.hex();
}

std::string annotation(const oci::Descriptor& descriptor, const char* key) {
  const auto found = descriptor.annotations.find(key);
  return found == descriptor.annotations.end() ? "" : found->second;
}

// Names are a convention of those who write layouts: containerd's is whole; the spec's may be a tag alone, which names
// nothing here.
std::vector<std::string> names_of(const oci::Descriptor& descriptor) {
  const std::string whole = annotation(descriptor, oci::kContainerdName);
  if (!whole.empty()) return {whole};
  const std::string name = annotation(descriptor, oci::kRefName);
  if (name.find_first_of(":/") == std::string::npos) return {};
  return {name};
}

class LayoutReader {
 public:
  LayoutReader(ImageSource& source, const std::optional<oci::Platform>& platform)
      : source_(source), asked_(platform), wanted_(platform.value_or(oci::host_platform())) {}

  std::vector<PlannedImage> run() {
    oci::check_layout_marker(source_.read_text("oci-layout"));
    std::vector<oci::Descriptor> top = oci::parse_image_index(source_.read_text("index.json"), "index.json");
    drop_unwanted(top);
    // Each is an image of its own, unless they say what they are for: then it is one image for several platforms.
    const bool several = top.size() > 1;
    std::vector<oci::Descriptor> others;
    for (const oci::Descriptor& descriptor : top) {
      const bool fits = !descriptor.platform || oci::match(wanted_, *descriptor.platform) > 0;
      if (fits || (!several && !asked_)) {
        take(descriptor, names_of(descriptor), 0);
        take_signatures(descriptor);
      } else {
        others.push_back(descriptor);
      }
    }
    if (images_.empty() && !others.empty()) refuse_platforms(others);
    return std::move(images_);
  }

 private:
  std::string read_checked(const oci::Digest& digest) {
    const std::string name = blob_name(digest);
    std::string text = source_.read_text(name);
    const oci::Digest found = oci::sha256(text);
    if (found != digest) {
      throw_error(ErrorKind::corrupt, name, ": its SHA-256 is ", found.hex(), "; get the archive again");
    }
    return text;
  }

  std::string read_blob(const oci::Descriptor& descriptor) {
    std::string text = read_checked(descriptor.digest);
    if (text.size() != descriptor.size) {
      throw_error(ErrorKind::corrupt, blob_name(descriptor.digest), ": has ", text.size(), " bytes, and should have ",
                  descriptor.size);
    }
    return text;
  }

  // Attestations, and what is neither manifest nor index, are kept beside images and are none.
  void drop_unwanted(std::vector<oci::Descriptor>& descriptors) const {
    std::erase_if(descriptors, [](const oci::Descriptor& descriptor) {
      return descriptor.is_attestation() || !(descriptor.is_index() || descriptor.is_manifest());
    });
  }

  void take(const oci::Descriptor& descriptor, const std::vector<std::string>& names, int depth) {
    if (depth > kIndexDepth) throw_error(ErrorKind::corrupt, "indexes nested deeper than ", kIndexDepth, " levels");
    if (++taken_ > kManifests) throw_error(ErrorKind::exhausted, "more than ", kManifests, " manifests");
    const std::string text = read_blob(descriptor);
    if (!descriptor.is_index()) return take_manifest(text, blob_name(descriptor.digest), names);
    std::vector<oci::Descriptor> choice = oci::parse_image_index(text, blob_name(descriptor.digest));
    drop_unwanted(choice);
    const oci::Descriptor* chosen = oci::choose_manifest(choice, wanted_);
    if (chosen == nullptr) refuse_platforms(choice);
    take(*chosen, names, depth + 1);
  }

  // What `save` keeps beside an image: see there. Of the image that its descriptor has just led to.
  void take_signatures(const oci::Descriptor& descriptor) {
    const std::string artifact = annotation(descriptor, oci::kSignaturesKey);
    if (artifact.empty()) return;
    const std::optional<oci::Digest> digest = oci::Digest::parse(artifact);
    if (!digest) throw_error(ErrorKind::corrupt, "index.json: ", oci::kSignaturesKey, ": expected sha256:…");
    const std::string document = blob_name(*digest);
    const std::string manifest = read_checked(*digest);
    for (const oci::Descriptor& envelope : oci::parse_signature_artifact(manifest, document)) {
      const std::string name = blob_name(envelope.digest);
      const oci::ImageSignature signature = oci::parse_image_signature(read_blob(envelope), name);
      const auto image = std::find_if(images_.begin(), images_.end(),
                                      [&](const PlannedImage& one) { return one.id() == signature.claim.image; });
      if (image == images_.end()) {
        throw_error(ErrorKind::corrupt, name, ": is of image ", signature.claim.image.text(),
                    ", which it is not beside");
      }
      auto& known = image->signatures;
      if (std::find(known.begin(), known.end(), signature) == known.end()) known.push_back(signature);
    }
  }

  [[noreturn]] void refuse_platforms(const std::vector<oci::Descriptor>& choice) const {
    throw_error(ErrorKind::not_found, "no image for ", wanted_.text(), " in it; ", oci::platforms_text(choice));
  }

  void take_manifest(const std::string& text, const std::string& document, const std::vector<std::string>& names) {
    const oci::ImageManifest manifest = oci::parse_image_manifest(text, document);
    if (!manifest.config.is_config()) {
      throw_error(ErrorKind::invalid, document, ": not an image: its config is of type ",
                  printable(manifest.config.media_type));
    }
    PlannedImage image = plan_image(read_blob(manifest.config), names);
    const auto same = std::find_if(images_.begin(), images_.end(),
                                   [&](const PlannedImage& other) { return other.config_json == image.config_json; });
    if (same != images_.end()) {  // under one more name
      same->references.insert(same->references.end(), image.references.begin(), image.references.end());
      return;
    }
    require_layer_count(image, manifest.layers.size());
    for (size_t i = 0; i < manifest.layers.size(); ++i) {
      image.layers.push_back(plan_layer(manifest.layers[i], image.config.diff_ids[i]));
    }
    images_.push_back(std::move(image));
  }

  PlannedLayer plan_layer(const oci::Descriptor& descriptor, const oci::DiffId& diff_id) {
    PlannedLayer layer{blob_name(descriptor.digest), diff_id, descriptor.digest, ""};
    const std::optional<Piece> piece = source_.find(layer.file);
    if (!piece && !descriptor.urls.empty()) {
      layer.lacking = cat("its owner has it at ", printable(descriptor.urls[0]),
                          " alone: fetch it, and put it into the archive as ", layer.file);
    } else if (!piece) {
      layer.lacking = cat(layer.file, " is not in the archive");
    } else if (piece->range.size != descriptor.size) {
      throw_error(ErrorKind::corrupt, layer.file, ": has ", piece->range.size, " bytes, and should have ",
                  descriptor.size);
    }
    return layer;
  }

  ImageSource& source_;
  const std::optional<oci::Platform>& asked_;
  oci::Platform wanted_;
  std::vector<PlannedImage> images_;
  size_t taken_ = 0;
};

}  // namespace

std::vector<PlannedImage> plan_oci_layout(ImageSource& source, const std::optional<oci::Platform>& platform) {
  return LayoutReader(source, platform).run();
}

}  // namespace minidock::store
