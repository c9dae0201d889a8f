// Save: images as one tar, for every reader: manifest.json and repositories for docker and podman, index.json and the
// manifests for those who read OCI image layouts. Both name the same blobs, so each is there once.
//
//   blobs/  blobs/sha256/  blobs/sha256/<digest>…   configs, manifests, layers (uncompressed tars), by digest
//   index.json  manifest.json  oci-layout  repositories
//
// Names are sorted and all times are 0: the same images give the same bytes on every host. Layers are not compressed: a
// layer's digest is then its diffID, which needs no row, and what compressed it once may be gone.
// The signatures of an image are an artifact, whose manifest an annotation of the image's descriptor names.
#include <algorithm>
#include <map>
#include <variant>

#include "base/file.h"
#include "oci/docker_archive.h"
#include "oci/image_manifest.h"
#include "store/archive/tar_writer.h"
#include "store/image_rows.h"
#include "store/signatures.h"
#include "store/state.h"

namespace minidock::store {

namespace {

struct LayerBlob {
  uint64_t size = 0;
};
// By their digests: a text, or a layer of the store.
using Blobs = std::map<oci::Digest, std::variant<std::string, LayerBlob>>;

std::string archive_name(const oci::Digest& digest) {
  return "blobs/sha256/" + digest.hex();
}

// All that is to be written, gathered before the first byte.
class Contents {
 public:
  explicit Contents(Rooms& rooms) : rooms_(rooms), database_(rooms.root_database()) {}

  void add(const SavedImage& image) {
    const std::optional<ImageRow> row = find_image_row(database_, image.id.hex());
    if (!row) throw_error(ErrorKind::not_found, "No such image: ", image.id.text());
    rows_.push_back(*row);
    oci::ImageManifest manifest;
    manifest.config = {oci::media::kConfig, add_text(row->config_json), row->config_json.size(), {}, {}, {}};
    oci::ArchivedImage archived;
    archived.config = archive_name(image.id.digest);
    for (const oci::DiffId& layer : row->layers) {
      const uint64_t size = add_layer(layer);
      manifest.layers.push_back({oci::media::kLayer, layer.digest, size, {}, {}, {}});
      archived.layers.push_back(archive_name(layer.digest));
    }
    const std::string text = oci::to_json(manifest);
    const oci::ImageConfig config = oci::parse_image_config(row->config_json);
    oci::Descriptor descriptor{oci::media::kManifest, add_text(text), text.size(), {}, {}, {}};
    descriptor.platform = {config.os, config.architecture, config.variant};
    const std::string signatures = add_signatures(image, descriptor);
    for (const oci::Reference& reference : image.references) {
      archived.tags.push_back(reference.familiar());
      descriptor.annotations = {{oci::kContainerdName, reference.canonical()}, {oci::kRefName, reference.tag}};
      if (!signatures.empty()) descriptor.annotations[oci::kSignaturesKey] = signatures;
      index_.push_back(descriptor);
      if (!row->layers.empty()) repositories_[reference.familiar_name()][reference.tag] = row->layers.back().hex();
    }
    if (image.references.empty()) {
      if (!signatures.empty()) descriptor.annotations[oci::kSignaturesKey] = signatures;
      index_.push_back(descriptor);
    }
    images_.push_back(std::move(archived));
  }

  const Blobs& blobs() const { return blobs_; }
  uint64_t layer_bytes() const {
    uint64_t bytes = 0;
    for (const auto& [digest, blob] : blobs_) {
      if (const auto* layer = std::get_if<LayerBlob>(&blob)) bytes += layer->size;
    }
    return bytes;
  }
  const std::vector<ImageRow>& rows() const { return rows_; }
  // Sorted, as all that follows the blobs.
  std::map<std::string, std::string> texts() const {
    std::map<std::string, std::string> out = {{"index.json", oci::index_to_json(index_)},
                                              {"manifest.json", oci::to_json(images_)},
                                              {"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"}};
    if (!repositories_.empty()) out["repositories"] = oci::to_json(repositories_);
    return out;
  }

 private:
  oci::Digest add_text(const std::string& text) {
    const oci::Digest digest = oci::sha256(text);
    blobs_[digest] = text;
    return digest;
  }
  // Those for the names that the image has here; all, where it has none. Returns the digest of their manifest.
  std::string add_signatures(const SavedImage& image, const oci::Descriptor& subject) {
    std::vector<std::string> envelopes;
    for (const oci::ImageSignature& signature : read_signatures(rooms_, image.id)) {
      const bool wanted = std::any_of(image.references.begin(), image.references.end(), [&](const oci::Reference& one) {
        return one.name == signature.claim.repository;
      });
      if (wanted || image.references.empty()) envelopes.push_back(oci::to_json(signature));
    }
    if (envelopes.empty()) return "";
    const oci::SignatureArtifact artifact = oci::make_signature_artifact(envelopes, subject);
    for (const auto& [descriptor, text] : artifact.blobs) blobs_[descriptor.digest] = text;
    return add_text(artifact.manifest).text();
  }
  uint64_t add_layer(const oci::DiffId& layer) {
    const std::optional<LayerRow> row = find_layer_row(database_, layer.hex());
    if (!row) throw_error(ErrorKind::corrupt, "layer ", layer.text(), " has no row; see `minidock system check`");
    blobs_[layer.digest] = LayerBlob{row->blob_size};
    return row->blob_size;
  }

  Rooms& rooms_;
  Database& database_;
  Blobs blobs_;
  std::vector<ImageRow> rows_;
  std::vector<oci::Descriptor> index_;
  std::vector<oci::ArchivedImage> images_;
  oci::Repositories repositories_;
};

Entry plain_entry(const std::string& path, EntryType type, mode_t mode, uint64_t size = 0) {
  Entry entry;
  entry.path = path;
  entry.type = type;
  entry.mode = mode;
  entry.size = size;
  return entry;
}

void write_text(TarWriter& tar, const std::string& name, const std::string& text) {
  tar.add(plain_entry(name, EntryType::file, 0644, text.size()));
  tar.write(text);
}

// Hashed on its way: what was damaged on the disk is not handed on as whole.
void write_layer(TarWriter& tar, int root, const oci::Digest& digest, uint64_t size,
                 const std::function<void(uint64_t)>& wrote) {
  const Fd blob = open_file(root, blob_path(digest.hex()), O_RDONLY | O_NOFOLLOW);
  tar.add(plain_entry(archive_name(digest), EntryType::file, 0644, size));
  oci::Hasher hasher;
  std::string buffer(1 << 20, '\0');
  while (const size_t got = read_some(blob.get(), buffer.data(), buffer.size())) {
    const std::string_view bytes = std::string_view(buffer).substr(0, got);
    hasher.update(bytes);
    tar.write(bytes);
    wrote(bytes.size());
  }
  if (hasher.finish() != digest) {
    throw_error(ErrorKind::corrupt, "layer ", digest.text(),
                " is damaged on the disk; remove the image and load it again");
  }
}

}  // namespace

void Store::save(const std::vector<SavedImage>& images, int fd, const Progress& progress) {
  Contents contents(*state_);
  for (const SavedImage& image : images) contents.add(image);
  // Of the layers: the rest is nothing beside them.
  uint64_t done = 0;
  const uint64_t total = contents.layer_bytes();
  const auto wrote = [&](uint64_t bytes) {
    done += bytes;
    if (progress) progress(done, total);
  };
  TarWriter tar([fd](std::string_view bytes) { write_all(fd, bytes); });
  tar.add(plain_entry("blobs", EntryType::directory, 0755));
  tar.add(plain_entry("blobs/sha256", EntryType::directory, 0755));
  for (const auto& [digest, blob] : contents.blobs()) {
    if (const auto* text = std::get_if<std::string>(&blob)) {
      write_text(tar, archive_name(digest), *text);
    } else {
      write_layer(tar, state_->root(), digest, std::get<LayerBlob>(blob).size, wrote);
    }
  }
  for (const auto& [name, text] : contents.texts()) write_text(tar, name, text);
  tar.finish();
  for (const ImageRow& row : contents.rows())
    record_image_event(*state_, row.id, row.config_json, "save", row.id.text());
}

}  // namespace minidock::store
