#include "store/archive/file_data.h"

#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"

namespace minidock::store {

namespace {
constexpr size_t kZeros = 64 << 10;

void hash_zeros(oci::Hasher& hasher, uint64_t count) {
  static const std::string zeros(kZeros, '\0');
  for (; count > 0; count -= std::min<uint64_t>(count, kZeros)) {
    hasher.update(std::string_view(zeros).substr(0, std::min<uint64_t>(count, kZeros)));
  }
}
}  // namespace

// A sparse map may say anything.
void each_piece(TarReader& reader, const Entry& entry, oci::Hasher* hasher,
                const std::function<void(const TarReader::Block&)>& take) {
  uint64_t end = 0;
  while (const std::optional<TarReader::Block> block = reader.next_block()) {
    if (block->offset < end || block->offset > entry.size || block->bytes.size() > entry.size - block->offset) {
      throw_error(ErrorKind::corrupt, "a piece of its data lies outside the file or over another");
    }
    if (hasher != nullptr) {
      hash_zeros(*hasher, block->offset - end);
      hasher->update(block->bytes);
    }
    take(*block);
    end = block->offset + block->bytes.size();
  }
  if (hasher != nullptr) hash_zeros(*hasher, entry.size - end);
}

void copy_data(TarReader& reader, const Entry& entry, int fd, oci::Hasher* hasher) {
  uint64_t end = 0;
  each_piece(reader, entry, hasher, [&](const TarReader::Block& block) {
    if (block.offset > end && lseek(fd, static_cast<off_t>(block.offset), SEEK_SET) < 0) throw_errno("seek");
    write_all(fd, block.bytes);
    end = block.offset + block.bytes.size();
  });
  if (end < entry.size && ftruncate(fd, static_cast<off_t>(entry.size)) != 0) throw_errno("set size");
}

}  // namespace minidock::store
