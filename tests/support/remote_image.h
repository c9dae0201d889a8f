// An image as a registry has it, without a registry: one layer, compressed or not, and what a pull knows of it.
#pragma once

#include <string>

#include "base/file.h"
#include "oci/image_config.h"
#include "store/store.h"
#include "support/temporary_store.h"

namespace minidock::store {

struct RemoteImage {
  oci::DiffId layer;
  std::string blob;  // the layer as the registry has it
  PullRequest request;
};

// As LayerFetcher does, `request.open` gives a file without a name below the store's root.
inline RemoteImage remote_image(const TemporaryStore& place, const std::string& tar, const std::string& blob,
                                const char* media_type, const std::string& name = "registry.example/one") {
  RemoteImage remote;
  remote.layer = oci::DiffId{oci::sha256(tar)};
  remote.blob = blob;
  oci::ImageConfig config;
  config.architecture = oci::host_architecture();
  config.diff_ids = {remote.layer};
  remote.request.reference = oci::parse_reference(name);
  remote.request.config_json = oci::to_json(config);
  remote.request.manifest = oci::sha256("manifest of " + name);
  oci::Descriptor descriptor;
  descriptor.media_type = media_type;
  descriptor.digest = oci::sha256(blob);
  descriptor.size = blob.size();
  remote.request.layers = {descriptor};
  remote.request.open = [directory = place.root("tmp"), blob](size_t) {
    Fd file = open_file(AT_FDCWD, directory, O_TMPFILE | O_RDWR, 0600);
    write_all(file.get(), blob);
    return file;
  };
  remote.request.keep_blobs = true;
  return remote;
}

}  // namespace minidock::store
