#include "store/kept_blobs.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/check.h"
#include "store/rebuild.h"

namespace minidock::store {

namespace {

struct KeptRow {
  std::string diff_hex;
  oci::Descriptor blob;
};

KeptRow kept_row(Statement& query) {
  KeptRow row;
  row.diff_hex = query.text(0);
  row.blob.digest = id_of_row<oci::DiffId>(query.text(1)).digest;
  row.blob.media_type = query.text(2);
  row.blob.size = static_cast<uint64_t>(query.number(3));
  return row;
}

std::vector<KeptRow> all_kept_rows(Database& database) {
  Statement query =
      database.prepare("SELECT layer, digest, media_type, size FROM layer_forms WHERE repository = ?1 ORDER BY layer");
  query.bind(1, kKeptHere);
  std::vector<KeptRow> rows;
  while (query.step()) rows.push_back(kept_row(query));
  return rows;
}

std::optional<KeptRow> find_kept_row(Database& database, const std::string& diff_hex) {
  Statement query =
      database.prepare("SELECT layer, digest, media_type, size FROM layer_forms WHERE layer = ?1 AND repository = ?2");
  if (!query.bind(1, diff_hex).bind(2, kKeptHere).step()) return std::nullopt;
  return kept_row(query);
}

std::vector<Problem> problems_of(Rooms& rooms, const KeptRow& row, bool deep) {
  const std::string path = kept_path(row.diff_hex);
  const std::optional<Fd> file = find_file(rooms.root(), path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file) return {{"orphan row", "layer sha256:" + row.diff_hex, path + " is missing"}};
  struct stat info;
  if (fstat(file->get(), &info) != 0) throw_errno("stat ", path);
  const auto size = static_cast<uint64_t>(info.st_size);
  if (size != row.blob.size) {
    return {{"damaged blob", path, cat("has ", size, " bytes, should have ", row.blob.size)}};
  }
  if (deep && hash_file(file->get()) != row.blob.digest) return {{"damaged blob", path, "its SHA-256 differs"}};
  return {};
}

// order: the row, then the file.
void let_go(Rooms& rooms, const KeptRow& row) {
  Lease trash = Lease::create(rooms.tmp(), LeaseKind::sweep);
  {
    Transaction transaction(rooms.root_database());
    rooms.root_database()
        .prepare("DELETE FROM layer_forms WHERE repository = ?1 AND layer = ?2")
        .bind(1, kKeptHere)
        .bind(2, row.diff_hex)
        .run();
    transaction.commit();
    // race: under the lock, so that it is not another's, of a layer that has gone and come again.
    trash.throw_away(rooms.root(), kept_path(row.diff_hex));
  }
  trash.empty_trash();
  trash.drop();
}

}  // namespace

void keep_file(int directory, int file) {
  if (fchmod(file, 0400) != 0) throw_errno("set mode of a layer's blob");
  // kernel: by the descriptor itself linkat(2) wants CAP_DAC_READ_SEARCH; by this link to it, nothing.
  const std::string path = cat("/proc/self/fd/", file);
  if (linkat(AT_FDCWD, path.c_str(), directory, kKeptFile, AT_SYMLINK_FOLLOW) != 0) throw_errno("keep a layer's blob");
}

void check_kept_blobs(Rooms& rooms, const CheckOptions& options, std::vector<Problem>& problems) {
  Database& database = rooms.root_database();
  for (const KeptRow& row : all_kept_rows(database)) {
    std::vector<Problem> found = problems_of(rooms, row, options.deep);
    // race: one that was removed while we looked is no finding.
    if (found.empty() || !find_kept_row(database, row.diff_hex)) continue;
    if (options.repair) {
      let_go(rooms, row);
      for (Problem& problem : found) problem.repaired = true;
    }
    problems.insert(problems.end(), found.begin(), found.end());
  }
}

KeptBlobReader::KeptBlobReader(const KeptBlob& kept)
    : kept_(kept), input_(kept.file.get(), {}, FileRange{0, kept.blob.size}) {
  input_.watch(hasher_);
}

size_t KeptBlobReader::read(char* buffer, size_t room) {
  if (used() == kept_.blob.size) return 0;
  const auto refuse = [&] {
    throw_error(ErrorKind::corrupt, "what was kept of blob ", kept_.blob.digest.text(),
                " is damaged on the disk; `minidock system check --deep --repair` lets go of it, and the layer is then "
                "compressed anew");
  };
  size_t got = 0;
  try {
    got = input_.read(buffer, room);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::corrupt) refuse();  // cut short
    throw;
  }
  if (used() == kept_.blob.size && hasher_.finish() != kept_.blob.digest) refuse();
  return got;
}

std::optional<KeptBlob> Store::find_kept_blob(const oci::DiffId& layer) {
  const std::optional<KeptRow> row = find_kept_row(state_->root_database(), layer.hex());
  if (!row) return std::nullopt;
  // Where it is missing, the tar is there all the same; check() tells of it.
  std::optional<Fd> file = find_file(state_->root(), kept_path(layer.hex()), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file) return std::nullopt;
  return KeptBlob{row->blob, std::move(*file)};
}

}  // namespace minidock::store
