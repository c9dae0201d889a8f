// Import: one pass over the archive into a draft, then the publishing of the draft. Each step with what a crash after
// it leaves is in README.md; the order is the whole point:
//
//   lease -> draft (blob, layer.json, diff/ or tree) -> sync -> lease on the layer -> rename blob, rename layer
//         -> fsync their directories -> commit of layer, image and tag rows -> drop both leases
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "store/image_files.h"
#include "store/image_rows.h"
#include "store/ingest.h"

namespace minidock::store {

namespace {
// A first look only: the disk may fill up in between, and then the writing itself fails as cleanly.
void refuse_if_hopeless(Rooms& rooms, const ImportRequest& request) {
  struct stat archive;
  struct statvfs disk;
  if (fstat(request.fd, &archive) != 0 || !S_ISREG(archive.st_mode)) return;
  if (fstatvfs(rooms.root(), &disk) != 0) return;
  const uint64_t free_bytes = static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize;
  const uint64_t size = static_cast<uint64_t>(archive.st_size);
  if (size <= free_bytes) return;
  throw_error(ErrorKind::exhausted, "it has ", human_size(size), ", and ", rooms.location().root, " has ",
              human_size(free_bytes), " free; make room or choose another --root");
}

// spec: image-spec config.md "created". Never the time of the import: the same tar gives the same image everywhere.
// https://reproducible-builds.org/specs/source-date-epoch/ may set it.
Nanoseconds creation_time(const UnpackResult& unpacked) {
  const char* text = getenv("SOURCE_DATE_EPOCH");
  if (text == nullptr || *text == 0) return unpacked.newest_mtime;
  const std::optional<int64_t> seconds = parse_int(text);
  if (!seconds || *seconds < 0 || *seconds > INT64_MAX / kSecond) {
    throw_error(ErrorKind::invalid, "use SOURCE_DATE_EPOCH=", printable(text), ": not a number of seconds since 1970");
  }
  return *seconds * kSecond;
}

// As docker: what changes nothing on its parents is a line of the history and no layer.
bool is_empty_layer(const ImportRequest& request, const UnpackResult& unpacked) {
  return !request.parents.empty() && unpacked.entries == 0;
}

oci::ImageConfig complete_config(const ImportRequest& request, const UnpackResult& unpacked) {
  oci::ImageConfig config = request.config;
  if (config.created.empty()) config.created = rfc3339(creation_time(unpacked));
  if (config.architecture.empty()) config.architecture = oci::host_architecture();
  config.diff_ids = request.parents;
  oci::History history;
  history.created = config.created;
  history.created_by = request.created_by;
  history.author = config.author;
  history.comment = request.message.empty() && request.parents.empty() ? "Imported from -" : request.message;
  history.empty_layer = is_empty_layer(request, unpacked);
  if (!history.empty_layer) config.diff_ids.push_back(unpacked.diff_id);
  config.history.push_back(history);
  return config;
}

// race: what a removal took since the request was made.
void require_parents(Database& database, const ImportRequest& request) {
  for (const oci::DiffId& layer : request.parents) {
    if (!find_layer_row(database, layer.hex())) {
      throw_error(ErrorKind::not_found, "layer ", layer.text(), " of the parent image has been removed");
    }
  }
}

// The rows, and before them the layer unless it is here already.
ImportResult publish(Rooms& rooms, Draft& draft, const ImportRequest& request, const UnpackResult& unpacked) {
  const oci::ImageConfig image = complete_config(request, unpacked);
  const std::string config = oci::to_json(image);
  ImportResult result;
  result.id = oci::image_id(config);
  if (request.admit) request.admit(result.id);
  result.warnings = unpacked.warnings;
  Database& database = rooms.root_database();
  Transaction transaction(database);
  require_parents(database, request);
  if (!is_empty_layer(request, unpacked) && !find_layer_row(database, unpacked.diff_id.hex())) {
    draft.publish(unpacked.diff_id);
  }
  result.existed = !ensure_image_row(database, result.id, config, image.diff_ids);
  if (request.reference) result.tagged = set_tag(database, request.reference->canonical(), result.id);
  transaction.commit();
  // In docker's order. A commit is the container's event.
  if (request.reference) record_image_event(rooms, result.id, config, "tag", request.reference->familiar());
  if (request.parents.empty()) record_image_event(rooms, result.id, config, "import", result.id.text());
  return result;
}

}  // namespace

ImportResult Store::import(const ImportRequest& request) {
  refuse_if_hopeless(*state_, request);
  Database& database = state_->root_database();
  Draft draft(*state_);
  const UnpackResult unpacked =
      draft.ingest({request.fd, request.source_name, request.progress, !request.parents.empty()});
  if (request.when_read) request.when_read();
  if (!find_layer_row(database, unpacked.diff_id.hex())) draft.make_durable();
  ImportResult result = publish(*state_, draft, request, unpacked);
  draft.finish();
  if (const std::string trouble = try_prepare_image(*state_, result.id); !trouble.empty()) {
    result.warnings.push_back(trouble);
  }
  return result;
}

}  // namespace minidock::store
