#include "store/ingest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/image_rows.h"
#include "store/kept_blobs.h"
#include "store/layer_forms.h"
#include "store/rebuild.h"
#include "store/sweep.h"

namespace minidock::store {

Draft::Draft(Rooms& rooms) : rooms_(rooms), draft_(rooms) {}

Draft::~Draft() {
  try {
    // What lies in a layer's place without a row is removed.
    for (Lease& lease : layer_leases_) recover(rooms_, std::move(lease));
  } catch (const Error&) {
    // The abandoned leases leave it to the next command.
  }
}

UnpackResult Draft::ingest(const LayerStream& stream) {
  Part part;
  part.directory = cat(made_++);
  const Fd directory = draft_.make_part(part.directory);
  const Fd blob = open_file(directory.get(), "blob", O_RDWR | O_CREAT | O_EXCL, 0400);
  UnpackRequest request;
  request.fd = stream.fd;
  request.source_name = stream.source_name;
  request.blob_fd = blob.get();
  request.progress = stream.progress;
  request.has_lower = stream.has_lower;
  request.range = stream.range;
  request.digest = stream.kept ? stream.kept->digest : stream.digest;
  // The disk begins with what is to stay, while it is read.
  if (stream.kept) sync_file_range(stream.fd, 0, 0, SYNC_FILE_RANGE_WRITE);
  part.unpacked = unpack_layer(directory.get(), layer_form(rooms_.driver()), request);
  if (stream.kept) keep_file(directory.get(), stream.fd);
  part.kept = stream.kept;
  const UnpackResult result = part.unpacked;
  parts_.try_emplace(result.diff_id, std::move(part));  // the same tar twice: the second goes with the draft
  return result;
}

// Never tried again: after a failure the kernel may have marked the lost pages clean.
void Draft::make_durable() {
  // The files below diff/ are many: the whole file system costs less. Else others may write as much as they like.
  if (layer_form(rooms_.driver()) == LayerForm::directory) {
    if (syncfs(rooms_.root()) != 0) throw_errno("make durable ", rooms_.location().root);
    return;
  }
  for (const auto& [layer, part] : parts_) {
    const Fd directory = open_dir(draft_.fd(), part.directory);
    for (const std::string& name : list_dir(directory.get())) {
      sync_fd(open_file(directory.get(), name, O_RDONLY | O_NOFOLLOW).get(), name);
    }
  }
}

void Draft::publish(const oci::DiffId& layer) {
  const auto part = parts_.find(layer);
  if (part == parts_.end()) throw_error(ErrorKind::internal, "publish layer ", layer.text(), ": it was not taken in");
  // race: a migration since the layer was made. Its commit is under the same lock.
  if (read_driver(rooms_.root()).driver != rooms_.driver()) {
    throw_error(ErrorKind::conflict, "the store's storage driver was changed meanwhile, by system migrate; try again");
  }
  move_into_place(part->second, layer.hex());
  const UnpackResult& unpacked = part->second.unpacked;
  ensure_layer_row(rooms_.root_database(), {layer, unpacked.blob_bytes, unpacked.content_bytes, unpacked.entries});
  if (part->second.kept) ensure_layer_form(rooms_.root_database(), layer, {kKeptHere, *part->second.kept});
  parts_.erase(part);
}

void Draft::move_into_place(const Part& part, const std::string& diff_hex) {
  Lease& lease = layer_leases_.emplace_back(Lease::create(rooms_.tmp(), LeaseKind::layer, diff_hex));
  // What is there without a row is what an interrupted import or removal left.
  lease.throw_away(rooms_.root(), layer_path(diff_hex));
  lease.throw_away(rooms_.root(), blob_path(diff_hex));
  const Fd directory = open_dir(draft_.fd(), part.directory);
  rename_at(directory.get(), "blob", rooms_.root(), blob_path(diff_hex));
  rename_at(draft_.fd(), part.directory, rooms_.root(), layer_path(diff_hex));
  sync_fd(directory.get(), layer_path(diff_hex));  // order: the blob's old name is gone before the row is there
  sync_dir(rooms_.root(), "blobs/sha256");
  sync_dir(rooms_.root(), "layers");
}

void Draft::finish() {
  for (Lease& lease : layer_leases_) {
    lease.empty_trash();
    lease.drop();
  }
  layer_leases_.clear();
}

}  // namespace minidock::store
