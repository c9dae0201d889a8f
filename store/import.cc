// Import: one pass over the archive into a draft, then the publishing of the draft. Each step with what a crash after
// it leaves is in README.md; the order is the whole point:
//
//   lease -> draft (blob, diff/, layer.json) -> syncfs -> lease on the layer -> rename blob, rename layer
//         -> fsync their directories -> commit of layer, image and tag rows -> drop both leases
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>

#include "base/file.h"
#include "store/archive/unpack.h"
#include "store/image_rows.h"
#include "store/state.h"
#include "store/sweep.h"

namespace minidock::store {

namespace {
// What an import builds below ROOT/tmp until it is published. Discards itself.
class Draft {
 public:
  explicit Draft(Rooms& rooms) : rooms_(rooms), lease_(Lease::create(rooms.tmp(), LeaseKind::import)) {
    make_dir(rooms.tmp(), lease_.draft(), 0700);
    directory_ = open_dir(rooms.tmp(), lease_.draft());
    make_dir(directory_.get(), "diff", 0755);
    if (fchmodat(directory_.get(), "diff", 0755, 0) != 0) throw_errno("set mode of layer directory");
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    try {
      discard_tree(rooms_.tmp(), lease_.draft());
      lease_.drop();
    } catch (const Error&) {
      // The abandoned lease leaves it to the next command.
    }
  }

  UnpackResult unpack(const ImportRequest& request) {
    const Fd blob = open_file(directory_.get(), "blob", O_RDWR | O_CREAT | O_EXCL, 0400);
    const Fd index = open_file(directory_.get(), "layer.json", O_RDWR | O_CREAT | O_EXCL, 0400);
    const Fd diff = open_dir(directory_.get(), "diff");
    return unpack_archive({request.fd,
                           request.source_name,
                           blob.get(),
                           diff.get(),
                           index.get(),
                           {},
                           request.progress,
                           !request.parents.empty()});
  }

  // Moves the layer to its place, durably. Under the lock of the writers, the layer having no row.
  void publish(const std::string& diff_hex, Lease& layer_lease) {
    // What is there without a row is what an interrupted import or removal left.
    layer_lease.throw_away(rooms_.root(), layer_path(diff_hex));
    layer_lease.throw_away(rooms_.root(), blob_path(diff_hex));
    rename_at(directory_.get(), "blob", rooms_.root(), blob_path(diff_hex));
    rename_at(rooms_.tmp(), lease_.draft(), rooms_.root(), layer_path(diff_hex));
    sync_fd(directory_.get(), layer_path(diff_hex));  // order: the blob's old name is gone before the row is there
    sync_dir(rooms_.root(), "blobs/sha256");
    sync_dir(rooms_.root(), "layers");
  }

 private:
  Rooms& rooms_;
  Lease lease_;
  Fd directory_;
};

// The lease on the layer's place. Unless finished, what lies there without a row is removed.
struct LayerLease {
  explicit LayerLease(Rooms& where) : rooms(where) {}
  LayerLease(const LayerLease&) = delete;
  LayerLease& operator=(const LayerLease&) = delete;
  ~LayerLease() {
    try {
      recover(rooms, std::move(lease));
    } catch (const Error&) {
      // The abandoned lease leaves it to the next command.
    }
  }
  void finish() {
    lease.empty_trash();
    lease.drop();
  }

  Rooms& rooms;
  Lease lease;
};

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

// The rows, and before them the layer unless it is here already. `layer_lease` outlives the transaction, because the
// unlinking of what it threw away needs no lock.
ImportResult publish(Rooms& rooms, Draft& draft, const ImportRequest& request, const UnpackResult& unpacked,
                     Lease& layer_lease) {
  const oci::ImageConfig image = complete_config(request, unpacked);
  const std::string config = oci::to_json(image);
  ImportResult result;
  result.id = oci::image_id(config);
  result.warnings = unpacked.warnings;
  Database& database = rooms.root_database();
  Transaction transaction(database);
  require_parents(database, request);
  const std::string diff_hex = unpacked.diff_id.hex();
  if (!is_empty_layer(request, unpacked) && !find_layer_row(database, diff_hex)) {
    layer_lease = Lease::create(rooms.tmp(), LeaseKind::layer, diff_hex);
    draft.publish(diff_hex, layer_lease);
    ensure_layer_row(database, {unpacked.diff_id, unpacked.blob_bytes, unpacked.content_bytes, unpacked.entries});
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
  const UnpackResult unpacked = draft.unpack(request);
  if (request.when_read) request.when_read();
  if (!find_layer_row(database, unpacked.diff_id.hex())) {
    // Never tried again: after a failure the kernel may have marked the lost pages clean.
    if (syncfs(state_->root()) != 0) throw_errno("make durable ", location().root);
  }
  LayerLease layer_lease(*state_);
  ImportResult result = publish(*state_, draft, request, unpacked, layer_lease.lease);
  layer_lease.finish();
  return result;
}

}  // namespace minidock::store
