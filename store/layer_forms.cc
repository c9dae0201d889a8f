#include "store/layer_forms.h"

#include "base/file.h"
#include "store/image_rows.h"
#include "store/kept_blobs.h"
#include "store/state.h"

namespace minidock::store {

void ensure_layer_form(Database& database, const oci::DiffId& layer, const RegistryLayer& form) {
  database.prepare("INSERT INTO layer_forms VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING")
      .bind(1, layer.hex())
      .bind(2, form.repository)
      .bind(3, form.blob.digest.hex())
      .bind(4, form.blob.media_type)
      .bind(5, static_cast<int64_t>(form.blob.size))
      .run();
}

void ensure_known_layer_form(Database& database, const oci::DiffId& layer, const RegistryLayer& form) {
  database
      .prepare(
          "INSERT INTO layer_forms SELECT layer, ?2, digest, media_type, size FROM layer_forms "
          "WHERE layer = ?1 AND digest = ?3 LIMIT 1 ON CONFLICT DO NOTHING")
      .bind(1, layer.hex())
      .bind(2, form.repository)
      .bind(3, form.blob.digest.hex())
      .run();
}

std::vector<RegistryLayer> Store::list_layer_forms(const oci::DiffId& layer) {
  Statement query = state_->root_database().prepare(
      "SELECT repository, digest, media_type, size FROM layer_forms WHERE layer = ?1 AND repository != ?2 "
      "ORDER BY repository, digest");
  query.bind(1, layer.hex()).bind(2, kKeptHere);
  std::vector<RegistryLayer> forms;
  while (query.step()) {
    RegistryLayer form;
    form.repository = query.text(0);
    form.blob.digest = id_of_row<oci::DiffId>(query.text(1)).digest;
    form.blob.media_type = query.text(2);
    form.blob.size = static_cast<uint64_t>(query.number(3));
    forms.push_back(std::move(form));
  }
  return forms;
}

Fd Store::open_layer_tar(const oci::DiffId& layer) {
  return open_file(state_->root(), blob_path(layer.hex()), O_RDONLY | O_NOFOLLOW);
}

void Store::record_push(const PushRecord& push) {
  Database& database = state_->root_database();
  Transaction transaction(database);
  // An image that was removed meanwhile has been pushed all the same, but there is nothing to note it with.
  const std::optional<ImageRow> row = find_image_row(database, push.image.hex());
  if (!row) return;
  set_repository_digest(database, {push.reference.name, push.manifest}, push.image);
  for (const auto& [layer, form] : push.layers) {
    if (find_layer_row(database, layer.hex())) ensure_layer_form(database, layer, form);
  }
  transaction.commit();
  record_image_event(*state_, row->id, row->config_json, "push", push.reference.familiar());
}

}  // namespace minidock::store
