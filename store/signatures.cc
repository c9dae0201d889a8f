#include "store/signatures.h"

#include <set>

#include "base/file.h"
#include "store/check.h"
#include "store/image_rows.h"

namespace minidock::store {

namespace {

constexpr std::string_view kEnding = ".json";
constexpr const char* kDirectory = "signatures";

std::string file_of(const std::string& envelope) {
  return cat(oci::sha256(envelope).hex(), kEnding);
}

std::vector<std::string> files_of(const Rooms& rooms, const oci::ImageId& image) {
  const std::string directory = signatures_path(image.hex());
  if (!exists_at(rooms.root(), directory)) return {};
  return list_dir(rooms.root(), directory);
}

// Throws for a file that write_signatures() has not left so.
oci::ImageSignature read_one(const Rooms& rooms, const oci::ImageId& image, const std::string& file) {
  const std::string path = cat(signatures_path(image.hex()), "/", file);
  const Fd fd = open_file(rooms.root(), path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const std::string text = read_fd(fd.get(), oci::kEnvelopeBytes);
  oci::ImageSignature signature = oci::parse_image_signature(text, path);
  if (signature.claim.image != image) throw_error(ErrorKind::corrupt, path, ": is of another image");
  if (file != file_of(text)) throw_error(ErrorKind::corrupt, path, ": is not what its name says");
  return signature;
}

// To its place by a rename: a file there is whole. Under the lock, a lease covers what is not there yet.
void write_one(Rooms& rooms, const Lease& lease, const std::string& path, const std::string& envelope) {
  const std::string draft = lease.draft();
  {
    const Fd fd = open_file(rooms.tmp(), draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0400);
    write_all(fd.get(), envelope);
    sync_fd(fd.get(), draft);
  }
  rename_at(rooms.tmp(), draft, rooms.root(), path);
}

}  // namespace

std::vector<oci::ImageSignature> read_signatures(const Rooms& rooms, const oci::ImageId& image) {
  std::vector<oci::ImageSignature> signatures;
  for (const std::string& file : files_of(rooms, image)) {
    if (signatures.size() == oci::kImageSignatures) break;  // no more were ever written
    try {
      signatures.push_back(read_one(rooms, image, file));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::permission) throw;
    }
  }
  return signatures;
}

void write_signatures(Rooms& rooms, const oci::ImageId& image, const std::vector<oci::ImageSignature>& signatures) {
  if (signatures.empty()) return;
  // Files after the row they belong to, under its lock: nobody removes the image meanwhile.
  const Transaction lock(rooms.root_database());
  if (!find_image_row(rooms.root_database(), image.hex())) {
    throw_error(ErrorKind::not_found, "No such image: ", image.text());
  }
  const std::vector<std::string> here = files_of(rooms, image);
  std::set<std::string> files(here.begin(), here.end());
  std::vector<std::string> envelopes;
  for (const oci::ImageSignature& signature : signatures) {
    if (signature.claim.image != image) {
      throw_error(ErrorKind::invalid, "the signature is of image ", signature.claim.image.text(), ", not of ",
                  image.text());
    }
    std::string envelope = oci::to_json(signature);
    if (files.insert(file_of(envelope)).second) envelopes.push_back(std::move(envelope));
  }
  if (envelopes.empty()) return;
  if (files.size() > oci::kImageSignatures) {
    throw_error(ErrorKind::exhausted, "image ", image.digest.short_hex(), " would have ", files.size(), " signatures; ",
                oci::kImageSignatures, " are the most");
  }
  const std::string directory = signatures_path(image.hex());
  const bool first = ensure_dir(rooms.root(), kDirectory, 0700);
  const bool first_of_image = ensure_dir(rooms.root(), directory, 0700);
  Lease lease = Lease::create(rooms.tmp(), LeaseKind::import);
  for (const std::string& envelope : envelopes)
    write_one(rooms, lease, cat(directory, "/", file_of(envelope)), envelope);
  sync_dir(rooms.root(), directory);
  if (first_of_image) sync_dir(rooms.root(), kDirectory);
  if (first) sync_fd(rooms.root(), rooms.location().root);
  lease.drop();
}

void check_signatures(Rooms& rooms, std::vector<Problem>& problems) {
  Database& database = rooms.root_database();
  for (const std::string& id : image_ids(database)) {
    const oci::ImageId image = id_of_row<oci::ImageId>(id);
    for (const std::string& file : files_of(rooms, image)) {
      try {
        read_one(rooms, image, file);
      } catch (const Error& error) {
        // race: with its image, it goes.
        if (!find_image_row(database, id)) break;
        problems.push_back({"damaged signature", printable(cat(signatures_path(id), "/", file)), error.what(), false});
      }
    }
  }
}

std::vector<oci::ImageSignature> Store::signatures(const oci::ImageId& image) const {
  return read_signatures(*state_, image);
}

void Store::add_signatures(const oci::ImageId& image, const std::vector<oci::ImageSignature>& signatures) {
  write_signatures(*state_, image, signatures);
}

}  // namespace minidock::store
