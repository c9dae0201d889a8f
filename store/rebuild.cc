#include "store/rebuild.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "store/archive/packed_file.h"
#include "store/draft_directory.h"
#include "store/image_rows.h"

namespace minidock::store {

namespace {

void discard_forms(int directory) {
  for (const char* part : {"diff", kTreeFile, kIndexFile}) discard_tree(directory, part);
}

// Atomically, where there is one already: it is in `from` then.
void exchange_or_rename(int from, const std::string& name, int to) {
  if (renameat2(from, name.c_str(), to, name.c_str(), RENAME_EXCHANGE) == 0) return;
  if (errno != ENOENT) throw_errno("exchange ", name);
  rename_at(from, name, to, name);
}

// Of all containers on images with this layer, held so that none starts meanwhile.
std::vector<Fd> lock_users(Rooms& rooms, const std::string& diff_hex) {
  std::vector<Fd> locks;
  for (Database* database : {&rooms.root_database(), &rooms.run_database()}) {
    Statement query = database->prepare("SELECT id, name, image FROM containers");
    while (query.step()) {
      const std::optional<ImageRow> image = find_image_row(rooms.root_database(), query.text(2));
      const auto is_layer = [&](const oci::DiffId& layer) { return layer.hex() == diff_hex; };
      if (!image || std::none_of(image->layers.begin(), image->layers.end(), is_layer)) continue;
      std::optional<Fd> lock =
          find_file(rooms.run_root(), container_path(query.text(0)) + "/lock", O_RDWR | O_NOFOLLOW);
      if (!lock) continue;
      if (!try_lock_file(lock->get())) {
        throw_error(ErrorKind::in_use, "container ", query.text(1), " runs on it; stop it first");
      }
      locks.push_back(std::move(*lock));
    }
  }
  return locks;
}

}  // namespace

const char* form_name(LayerForm form) {
  return form == LayerForm::tree ? kTreeFile : "diff";
}

UnpackResult unpack_layer(int directory, LayerForm form, UnpackRequest request) {
  make_dir(directory, "diff", 0755);
  if (fchmodat(directory, "diff", 0755, 0) != 0) throw_errno("set mode of layer directory");
  const Fd index = open_file(directory, kIndexFile, O_RDWR | O_CREAT | O_EXCL, 0400);
  Fd tree;
  if (form == LayerForm::tree) tree = open_file(directory, kTreeFile, O_RDWR | O_CREAT | O_EXCL, 0400);
  const Fd diff = open_dir(directory, "diff");
  request.directory_fd = diff.get();
  request.index_fd = index.get();
  request.form = form;
  request.tree_fd = tree.get();
  UnpackResult result = unpack_archive(request);
  // Of a tree it was the jail's root alone.
  if (form == LayerForm::tree) discard_tree(directory, "diff");
  return result;
}

void rebuild_layer(Rooms& rooms, const std::string& diff_hex, LayerForm form, int directory, const Progress& progress) {
  const std::string index = cat(layer_path(diff_hex), "/", kIndexFile);
  const auto unpack = [&](bool has_lower) {
    const Fd blob = open_file(rooms.root(), blob_path(diff_hex), O_RDONLY | O_NOFOLLOW);
    discard_forms(directory);
    UnpackRequest request;
    request.fd = blob.get();
    request.source_name = blob_path(diff_hex);
    request.progress = progress;
    request.has_lower = has_lower;
    if (unpack_layer(directory, form, request).diff_id.hex() != diff_hex) {
      throw_error(ErrorKind::corrupt, blob_path(diff_hex), ": its SHA-256 differs");
    }
    return has_same_content(directory, kIndexFile, rooms.root(), index);
  };
  if (unpack(true)) return;
  try {
    if (unpack(false)) return;
  } catch (const Error&) {
    // No root filesystem, so it did not come as one.
  }
  unpack(true);
}

oci::Digest hash_file(int fd) {
  oci::Hasher hasher;
  std::string buffer(1 << 20, '\0');
  while (const size_t got = read_some(fd, buffer.data(), buffer.size())) {
    hasher.update(std::string_view(buffer).substr(0, got));
  }
  return hasher.finish();
}

bool has_same_content(int one_dir, const std::string& one, int other_dir, const std::string& other) {
  const std::optional<Fd> first = find_file(one_dir, one, O_RDONLY | O_NOFOLLOW);
  const std::optional<Fd> second = find_file(other_dir, other, O_RDONLY | O_NOFOLLOW);
  if (!first || !second) return false;
  try {
    return hash_content(first->get()) == hash_content(second->get());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    return false;
  }
}

void repair_layer(Rooms& rooms, const std::string& diff_hex) {
  DraftDirectory draft(rooms);
  const Fd part = draft.make_part("layer");
  const LayerForm form = layer_form(rooms.driver());
  rebuild_layer(rooms, diff_hex, form, part.get());
  if (syncfs(rooms.root()) != 0) throw_errno("make durable ", rooms.location().root);
  const Transaction lock(rooms.root_database()), run_lock(rooms.run_database());
  if (!find_layer_row(rooms.root_database(), diff_hex)) return;
  std::vector<Fd> users;
  if (form == LayerForm::directory) users = lock_users(rooms, diff_hex);
  ensure_dir(rooms.root(), layer_path(diff_hex), 0700);
  const Fd layer = open_dir(rooms.root(), layer_path(diff_hex));
  exchange_or_rename(part.get(), form_name(form), layer.get());
  exchange_or_rename(part.get(), kIndexFile, layer.get());
  sync_fd(layer.get(), layer_path(diff_hex));
}

}  // namespace minidock::store
