// An image without an archive: rows and files as an import leaves them, made through the store's own parts.
#pragma once

#include <string>

#include "oci/image_config.h"
#include "store/image_rows.h"
#include "store/state.h"
#include "support/temporary_store.h"

namespace minidock::store {

// One layer whose blob is `content`; tagged if `reference` is not empty.
inline ImageRow make_image(const Location& location, const std::string& content, const std::string& reference) {
  Store::open(location);  // makes the directories
  Rooms rooms(location);
  const oci::DiffId diff_id{oci::sha256(content)};
  write_file(rooms.root(), blob_path(diff_id.hex()), content);
  ensure_dir(rooms.root(), layer_path(diff_id.hex()), 0700);
  ensure_dir(rooms.root(), layer_path(diff_id.hex()) + "/diff", 0755);
  write_file(rooms.root(), layer_path(diff_id.hex()) + "/layer.json", "{\"version\":1,\"entries\":[\n]}\n");
  oci::ImageConfig config;
  config.diff_ids = {diff_id};
  config.author = reference;
  const std::string json = oci::to_json(config);
  const oci::ImageId id = oci::image_id(json);
  Database& database = rooms.root_database();
  Transaction transaction(database);
  ensure_layer_row(database, {diff_id, content.size(), 100, 1});
  ensure_image_row(database, id, json, {diff_id});
  if (!reference.empty()) set_tag(database, oci::parse_reference(reference).canonical(), id);
  transaction.commit();
  return *find_image_row(database, id.hex());
}

}  // namespace minidock::store
