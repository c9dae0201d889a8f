#include "store/archive/archive_input.h"

#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "store/archive/sniff.h"

namespace minidock::store {

namespace {

constexpr size_t kChunkBytes = 256 << 10;

void require_tar(std::string_view head) {
  switch (sniff(head)) {
    case ArchiveKind::tar:
      return;
    case ArchiveKind::gzip:
    case ArchiveKind::zstd:
    case ArchiveKind::xz:
    case ArchiveKind::bzip2:
      throw_error(ErrorKind::invalid, "compressed more than once: what was unpacked is ", name_of_kind(head),
                  "; undo one compression first");
    case ArchiveKind::damaged_tar:
      throw_error(ErrorKind::corrupt, "damaged tar archive: the checksum of its first header is wrong; get it again");
    default:
      throw_error(ErrorKind::invalid, not_a_tar_message(head));
  }
}

}  // namespace

ArchiveInput::ArchiveInput(int fd, const Progress& progress, std::optional<FileRange> range, bool hashed)
    : input_(fd, progress, range), chunk_(kChunkBytes) {
  is_compressed_ = sniff(input_.peek(kSniffBytes)) != ArchiveKind::tar;
  if (hashed && is_compressed_) input_.watch(hasher_.emplace());
  source_ = open_decompressor(input_);
  while (head_ < kSniffBytes) {
    const size_t got = source_->read(chunk_.data() + head_, chunk_.size() - head_);
    if (got == 0) break;
    head_ += got;
  }
  require_tar({chunk_.data(), head_});
}

std::optional<oci::Digest> ArchiveInput::digest() {
  if (!hasher_) return std::nullopt;
  return hasher_->finish();
}

std::string_view ArchiveInput::next() {
  size_t size = std::exchange(head_, 0);
  if (size == 0) size = source_->read(chunk_.data(), chunk_.size());
  return {chunk_.data(), size};
}

}  // namespace minidock::store
