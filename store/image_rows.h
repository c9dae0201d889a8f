// Rows of images, layers and tags.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"
#include "store/state.h"

namespace minidock::store {

std::vector<std::string> image_ids(Database& database);  // newest in this store first
// At most two IDs that begin with `prefix` (hex digits).
std::vector<std::string> image_ids(Database& database, std::string_view prefix);
std::vector<ImageRow> all_image_rows(Database& database);                                  // in the same order
std::vector<std::string> image_ids_of(Database& database, const std::string& repository);  // likewise
std::optional<ImageRow> find_image_row(Database& database, const std::string& id_hex);
std::optional<std::string> find_tagged(Database& database, const std::string& canonical);  // -> the image's digits
std::optional<std::string> find_by_repository_digest(Database& database, const RepositoryDigest& known);
std::vector<std::string> all_tags(Database& database);
std::optional<LayerRow> find_layer_row(Database& database, const std::string& diff_hex);
bool is_layer_used(Database& database, const std::string& diff_hex);

// Inside a transaction. Each is fine with a row that is there already.
void ensure_layer_row(Database& database, const LayerRow& layer);
bool ensure_image_row(Database& database, const oci::ImageId& id, std::string_view config_json,
                      const std::vector<oci::DiffId>& layers);  // true if it is new
bool set_repository_digest(Database& database, const RepositoryDigest& known,
                           const oci::ImageId& id);                                      // true if new or moved
bool set_tag(Database& database, const std::string& canonical, const oci::ImageId& id);  // true if new or moved

// The event of an image, with its labels; `name` is docker's attribute of that name.
void record_image_event(const Rooms& rooms, const oci::ImageId& id, std::string_view config_json,
                        const std::string& action, const std::string& name);

// What a person calls a canonical reference: "docker.io/library/ubuntu:latest" -> "ubuntu:latest".
std::string familiar_tag(const std::string& canonical);
// Does the word name the image by its ID rather than by a reference? Whole or in part, with or without "sha256:".
bool names_by_id(const oci::ImageId& id, std::string_view word);

}  // namespace minidock::store
