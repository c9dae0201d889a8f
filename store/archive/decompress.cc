#include "store/archive/decompress.h"

#include "base/error.h"
#include "store/archive/sniff.h"

namespace minidock::store {

namespace {
class Plain : public Decompressor {
 public:
  explicit Plain(Input& input) : input_(input) {}
  size_t read(char* buffer, size_t size) override { return input_.read(buffer, size); }
  uint64_t used() const override { return input_.consumed(); }

 private:
  Input& input_;
};
}  // namespace

std::unique_ptr<Decompressor> open_decompressor(Input& input) {
  const std::string_view head = input.peek(kSniffBytes);
  switch (sniff(head)) {
    case ArchiveKind::tar:
      return std::make_unique<Plain>(input);
    case ArchiveKind::gzip:
      return open_gzip_decompressor(input);
    case ArchiveKind::zstd:
      return open_zstd_decompressor(input);
    case ArchiveKind::xz:
      return open_xz_decompressor(input);
    case ArchiveKind::bzip2:
      return open_bzip2_decompressor(input);
    case ArchiveKind::damaged_tar:
      throw_error(ErrorKind::corrupt, "damaged tar archive: the checksum of its first header is wrong; get it again");
    default:
      throw_error(ErrorKind::invalid, not_a_tar_message(head));
  }
}

}  // namespace minidock::store
