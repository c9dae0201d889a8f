#include "store/load/image_source.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/syscalls.h"
#include "oci/json_fields.h"
#include "store/archive/archive_input.h"
#include "store/archive/path.h"
#include "store/archive/sniff.h"
#include "store/ingest.h"

namespace minidock::store {

namespace {

class ArchiveSource : public ImageSource {
 public:
  ArchiveSource(Fd owned, int fd, const FileRange& range, int empty_directory)
      : owned_(std::move(owned)), fd_(fd), table_(MemberTable::scan(fd, range, empty_directory)) {}

  std::optional<Piece> find(const std::string& name) override {
    const std::optional<FileRange> range = table_.find(name);
    if (!range) return std::nullopt;
    return Piece{{}, fd_, *range};
  }
  bool has_directory(const std::string& name) override { return table_.has_directory(name); }

 private:
  Fd owned_;
  int fd_;
  MemberTable table_;
};

class DirectorySource : public ImageSource {
 public:
  explicit DirectorySource(int fd) : fd_(fd) {}

  std::optional<Piece> find(const std::string& name) override {
    Fd fd = open_inside(name, O_RDONLY | O_NONBLOCK);
    struct stat info;
    if (!fd || fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
    const int number = fd.get();
    return Piece{std::move(fd), number, {0, static_cast<uint64_t>(info.st_size)}};
  }
  bool has_directory(const std::string& name) override {
    return static_cast<bool>(open_inside(name, O_PATH | O_DIRECTORY));
  }

 private:
  // security: no link leads out of the directory; it may be somebody else's.
  Fd open_inside(const std::string& name, int flags) const {
    constexpr uint64_t kInside = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
    return Fd(linux::openat2(fd_, name.c_str(), static_cast<uint64_t>(flags) | O_CLOEXEC, 0, kInside));
  }
  int fd_;
};

// Whether `fd` is a regular file that holds a plain tar from where it stands: then it is read in place.
std::optional<FileRange> find_plain_tar(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) throw_errno("stat");
  const off_t at = lseek(fd, 0, SEEK_CUR);
  if (!S_ISREG(info.st_mode) || at < 0 || at > info.st_size) return std::nullopt;
  const FileRange range = {static_cast<uint64_t>(at), static_cast<uint64_t>(info.st_size - at)};
  Input input(fd, {}, range);
  if (sniff(input.peek(kSniffBytes)) != ArchiveKind::tar) return std::nullopt;
  return range;
}

// The tar in `fd`, uncompressed, in a file that has no name any more: nothing is left of it whatever happens.
Fd spool(int fd, int directory, const Progress& progress) {
  constexpr const char* kName = "archive";
  Fd file = open_file(directory, kName, O_RDWR | O_CREAT | O_EXCL, 0600);
  discard_file(directory, kName);
  ArchiveInput input(fd, progress);
  const UnpackLimits limits;
  uint64_t written = 0;
  for (std::string_view bytes = input.next(); !bytes.empty(); bytes = input.next()) {
    written += bytes.size();
    check_expansion(limits, written, input.used());
    write_all(file.get(), bytes);
  }
  return file;
}

}  // namespace

std::string ImageSource::read_text(const std::string& name) {
  std::optional<std::string> text = find_text(name);
  if (!text) throw_error(ErrorKind::corrupt, shown(name), " is not in the archive");
  return *text;
}

std::optional<std::string> ImageSource::find_text(const std::string& name) {
  const std::optional<Piece> piece = find(name);
  if (!piece) return std::nullopt;
  if (piece->range.size > oci::kJsonBytes) {
    throw_error(ErrorKind::corrupt, shown(name), ": is larger than ", oci::kJsonBytes >> 20, " MiB");
  }
  std::string text(piece->range.size, '\0');
  Input input(piece->fd, {}, piece->range);
  for (size_t have = 0; have < text.size();) {
    const size_t got = input.read(text.data() + have, text.size() - have);
    if (got == 0) throw_error(ErrorKind::corrupt, shown(name), ": cut short");
    have += got;
  }
  return text;
}

std::unique_ptr<ImageSource> open_source(int fd, Draft& draft, const Progress& progress) {
  struct stat info;
  if (fstat(fd, &info) != 0) throw_errno("stat");
  if (S_ISDIR(info.st_mode)) return std::make_unique<DirectorySource>(fd);
  constexpr const char* kEmpty = "empty";
  ensure_dir(draft.directory(), kEmpty, 0700);
  const Fd empty = open_dir(draft.directory(), kEmpty);
  if (const std::optional<FileRange> range = find_plain_tar(fd)) {
    return std::make_unique<ArchiveSource>(Fd(), fd, *range, empty.get());
  }
  Fd file = spool(fd, draft.directory(), progress);
  if (fstat(file.get(), &info) != 0) throw_errno("stat");
  const int number = file.get();
  const FileRange range = {0, static_cast<uint64_t>(info.st_size)};
  return std::make_unique<ArchiveSource>(std::move(file), number, range, empty.get());
}

}  // namespace minidock::store
