#include "store/archive/blob_writer.h"

#include <fcntl.h>

#include "base/error.h"
#include "base/file.h"

namespace minidock::store {

namespace {
constexpr uint64_t kPieceBytes = 8 << 20;  // large enough for one extent, small enough to begin at once
}

void BlobWriter::write(std::string_view bytes) {
  if (fd_ < 0) {
    written_ += bytes.size();
    return;
  }
  try {
    write_all(fd_, bytes);
  } catch (const Error& error) {
    throw error.with_context("write blob");
  }
  written_ += bytes.size();
  if (written_ - started_ < kPieceBytes) return;
  // What fails here fails again where the blob is made durable, and is told there.
  sync_file_range(fd_, static_cast<off_t>(started_), static_cast<off_t>(written_ - started_), SYNC_FILE_RANGE_WRITE);
  started_ = written_;
}

}  // namespace minidock::store
