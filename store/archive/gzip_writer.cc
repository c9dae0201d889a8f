#include "store/archive/gzip_writer.h"

#include <unistd.h>
#include <zlib.h>

#include <string>

#include "base/error.h"

namespace minidock::store {

namespace {
constexpr int kLevel = 6;             // gzip's own, and docker's: part of what makes the bytes
constexpr int kGzipWindow = 15 + 16;  // the largest, and gzip's header and trailer
constexpr size_t kPiece = 256 << 10;
}  // namespace

struct GzipWriter::State {
  int fd;
  oci::Digest digest;
  oci::Hasher hasher = {};
  std::string piece = std::string(kPiece, '\0');
  uint64_t read = 0;
  bool at_end = false, finished = false;
  z_stream stream = {};
};

GzipWriter::GzipWriter(int fd, const oci::Digest& digest) : state_(new State{fd, digest}) {
  constexpr int kMemory = 8;  // zlib's default
  if (deflateInit2(&state_->stream, kLevel, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw_error(ErrorKind::exhausted, "no memory to compress with");
  }
}

GzipWriter::~GzipWriter() {
  deflateEnd(&state_->stream);
}

size_t GzipWriter::read(char* buffer, size_t room) {
  State& self = *state_;
  z_stream& stream = self.stream;
  stream.next_out = reinterpret_cast<Bytef*>(buffer);
  stream.avail_out = static_cast<uInt>(room);
  while (stream.avail_out > 0 && !self.finished) {
    if (stream.avail_in == 0 && !self.at_end) {
      ssize_t got = 0;
      do {
        got = ::pread(self.fd, self.piece.data(), self.piece.size(), static_cast<off_t>(self.read));
      } while (got < 0 && errno == EINTR);
      if (got < 0) throw_errno("read a layer's tar");
      const auto size = static_cast<size_t>(got);
      self.hasher.update({self.piece.data(), size});
      self.read += size;
      self.at_end = size == 0;
      // order: before the trailer, without which nobody takes the stream for whole.
      if (self.at_end && self.hasher.finish() != self.digest) {
        throw_error(ErrorKind::corrupt, "layer ", self.digest.text(),
                    " is damaged on the disk; remove the image and get it again");
      }
      stream.next_in = reinterpret_cast<Bytef*>(self.piece.data());
      stream.avail_in = static_cast<uInt>(size);
    }
    self.finished = deflate(&stream, self.at_end ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_END;
  }
  return room - stream.avail_out;
}

uint64_t GzipWriter::used() const {
  return state_->read - state_->stream.avail_in;
}

}  // namespace minidock::store
