#include "store/image_rows.h"

#include <unordered_map>

#include "base/time.h"
#include "store/event_log.h"

namespace minidock::store {

namespace {
std::vector<std::string> first_column(Statement query) {
  std::vector<std::string> texts;
  while (query.step()) texts.push_back(query.text(0));
  return texts;
}

std::vector<oci::DiffId> layers_of(Database& database, const std::string& id_hex, uint64_t& size) {
  Statement query = database.prepare(
      "SELECT layer, content_size FROM image_layers JOIN layers ON diff_id = layer WHERE image = ?1 ORDER BY position");
  query.bind(1, id_hex);
  std::vector<oci::DiffId> layers;
  while (query.step()) {
    layers.push_back(id_of_row<oci::DiffId>(query.text(0)));
    size += static_cast<uint64_t>(query.number(1));
  }
  return layers;
}
}  // namespace

std::vector<std::string> image_ids(Database& database) {
  return first_column(database.prepare("SELECT id FROM images ORDER BY stored DESC, id"));
}

std::vector<std::string> image_ids(Database& database, std::string_view prefix) {
  Statement query = database.prepare("SELECT id FROM images WHERE id >= ?1 AND id < ?2 LIMIT 2");
  query.bind(1, prefix).bind(2, cat(prefix, "g"));  // 'g' follows the hex digits
  return first_column(std::move(query));
}

std::vector<std::string> image_ids_of(Database& database, const std::string& repository) {
  // ';' follows ':', which the tag stands behind: a range of the key, however many others there are.
  Statement query = database.prepare(
      "SELECT id FROM images WHERE id IN (SELECT image FROM tags WHERE reference > ?1 || ':' AND reference < ?1 || ';' "
      "UNION SELECT image FROM repository_digests WHERE repository = ?1) ORDER BY stored DESC, id");
  query.bind(1, repository);
  return first_column(std::move(query));
}

std::optional<ImageRow> find_image_row(Database& database, const std::string& id_hex) {
  Statement query = database.prepare("SELECT config, stored FROM images WHERE id = ?1");
  if (!query.bind(1, id_hex).step()) return std::nullopt;
  ImageRow row;
  row.id = id_of_row<oci::ImageId>(id_hex);
  row.config_json = query.text(0);
  row.stored = query.number(1);
  row.layers = layers_of(database, id_hex, row.size);
  Statement tags = database.prepare("SELECT reference FROM tags WHERE image = ?1 ORDER BY reference");
  tags.bind(1, id_hex);
  row.tags = first_column(std::move(tags));
  Statement digests = database.prepare(
      "SELECT repository || '@sha256:' || digest FROM repository_digests WHERE image = ?1 ORDER BY repository, digest");
  digests.bind(1, id_hex);
  row.digests = first_column(std::move(digests));
  return row;
}

// One statement a table and not one an image: a thousand images are listed as fast as ten.
std::vector<ImageRow> all_image_rows(Database& database) {
  std::vector<ImageRow> rows;
  std::unordered_map<std::string, size_t> places;
  Statement images = database.prepare("SELECT id, config, stored FROM images ORDER BY stored DESC, id");
  while (images.step()) {
    ImageRow& row = rows.emplace_back();
    row.id = id_of_row<oci::ImageId>(images.text(0));
    row.config_json = images.text(1);
    row.stored = images.number(2);
    places.emplace(images.text(0), rows.size() - 1);
  }
  // race: what another command has taken in since has no place here.
  const auto each = [&](const char* sql, const auto& add) {
    Statement query = database.prepare(sql);
    while (query.step()) {
      const auto place = places.find(query.text(0));
      if (place != places.end()) add(rows[place->second], query);
    }
  };
  each("SELECT image, layer, content_size FROM image_layers JOIN layers ON diff_id = layer ORDER BY image, position",
       [](ImageRow& row, Statement& query) {
         row.layers.push_back(id_of_row<oci::DiffId>(query.text(1)));
         row.size += static_cast<uint64_t>(query.number(2));
       });
  each("SELECT image, reference FROM tags ORDER BY reference",
       [](ImageRow& row, Statement& query) { row.tags.push_back(query.text(1)); });
  each("SELECT image, repository || '@sha256:' || digest FROM repository_digests ORDER BY repository, digest",
       [](ImageRow& row, Statement& query) { row.digests.push_back(query.text(1)); });
  return rows;
}

std::optional<std::string> find_tagged(Database& database, const std::string& canonical) {
  Statement query = database.prepare("SELECT image FROM tags WHERE reference = ?1");
  if (!query.bind(1, canonical).step()) return std::nullopt;
  return query.text(0);
}

std::optional<std::string> find_by_repository_digest(Database& database, const RepositoryDigest& known) {
  Statement query = database.prepare("SELECT image FROM repository_digests WHERE repository = ?1 AND digest = ?2");
  if (!query.bind(1, known.repository).bind(2, known.digest.hex()).step()) return std::nullopt;
  return query.text(0);
}

std::vector<std::string> all_tags(Database& database) {
  return first_column(database.prepare("SELECT reference FROM tags ORDER BY reference"));
}

std::optional<LayerRow> find_layer_row(Database& database, const std::string& diff_hex) {
  Statement query = database.prepare("SELECT blob_size, content_size, entries FROM layers WHERE diff_id = ?1");
  if (!query.bind(1, diff_hex).step()) return std::nullopt;
  return LayerRow{id_of_row<oci::DiffId>(diff_hex), static_cast<uint64_t>(query.number(0)),
                  static_cast<uint64_t>(query.number(1)), static_cast<uint64_t>(query.number(2))};
}

bool is_layer_used(Database& database, const std::string& diff_hex) {
  Statement query = database.prepare("SELECT 1 FROM image_layers WHERE layer = ?1");
  return query.bind(1, diff_hex).step();
}

void ensure_layer_row(Database& database, const LayerRow& layer) {
  database.prepare("INSERT INTO layers VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")
      .bind(1, layer.diff_id.hex())
      .bind(2, static_cast<int64_t>(layer.blob_size))
      .bind(3, static_cast<int64_t>(layer.content_size))
      .bind(4, static_cast<int64_t>(layer.entries))
      .run();
}

bool ensure_image_row(Database& database, const oci::ImageId& id, std::string_view config_json,
                      const std::vector<oci::DiffId>& layers) {
  database.prepare("INSERT INTO images (id, config, stored) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
      .bind(1, id.hex())
      .bind(2, config_json)
      .bind(3, now())
      .run();
  if (database.changes() == 0) return false;
  int64_t position = 0;
  for (const oci::DiffId& layer : layers) {
    database.prepare("INSERT INTO image_layers (image, position, layer) VALUES (?1, ?2, ?3)")
        .bind(1, id.hex())
        .bind(2, position++)
        .bind(3, layer.hex())
        .run();
  }
  return true;
}

bool set_tag(Database& database, const std::string& canonical, const oci::ImageId& id) {
  if (find_tagged(database, canonical) == id.hex()) return false;
  database
      .prepare("INSERT INTO tags (reference, image) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET image = excluded.image")
      .bind(1, canonical)
      .bind(2, id.hex())
      .run();
  return true;
}

bool set_repository_digest(Database& database, const RepositoryDigest& known, const oci::ImageId& id) {
  if (find_by_repository_digest(database, known) == id.hex()) return false;
  database
      .prepare("INSERT INTO repository_digests VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET image = excluded.image")
      .bind(1, known.repository)
      .bind(2, known.digest.hex())
      .bind(3, id.hex())
      .run();
  return true;
}

std::string familiar_tag(const std::string& canonical) {
  try {
    return oci::parse_reference(canonical).familiar();
  } catch (const Error&) {
    return canonical;  // written by a version with other rules: still better shown than hidden
  }
}

void record_image_event(const Rooms& rooms, const oci::ImageId& id, std::string_view config_json,
                        const std::string& action, const std::string& name) {
  oci::Event event{now(), "image", action, id.text(), {}};
  try {
    event.attributes = oci::parse_image_config(config_json).config.labels;
  } catch (const Error&) {
    // A damaged config is check()'s business.
  }
  event.attributes["name"] = name;
  append_event(rooms.location().run_root, event);
}

bool names_by_id(const oci::ImageId& id, std::string_view word) {
  if (word.starts_with("sha256:")) word.remove_prefix(7);
  return is_hex(word) && id.hex().starts_with(word);
}

}  // namespace minidock::store
