#include <zlib.h>

#include <algorithm>

#include "base/error.h"
#include "store/archive/decompress.h"

namespace minidock::store {

namespace {

class Gzip : public Decompressor {
 public:
  explicit Gzip(Input& input) : input_(input) {
    // Window bits 15 + 16: gzip framing, with zlib checking CRC32 and ISIZE of each member (zlib.h, inflateInit2).
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw_error(ErrorKind::exhausted, "start gzip reader: out of memory");
    begin_member();
  }
  ~Gzip() override { inflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  size_t read(char* buffer, size_t size) override {
    stream_.next_out = reinterpret_cast<Bytef*>(buffer);
    stream_.avail_out = static_cast<uInt>(size);
    while (stream_.avail_out == size && !at_end_) step();
    return size - stream_.avail_out;
  }

  uint64_t used() const override { return input_.consumed() - stream_.avail_in; }

 private:
  void begin_member() {
    header_ = {};
    inflateGetHeader(&stream_, &header_);
  }

  // Input for the next step: false at the end of the file.
  bool refill() {
    if (stream_.avail_in > 0) return true;
    const std::string_view bytes = input_.next();
    // zlib's interface is not const-correct: it does not write through next_in.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    return !bytes.empty();
  }

  void step() {
    if (!refill()) throw_error(ErrorKind::corrupt, "gzip data cut short; get the archive again");
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_STREAM_END) return end_member();
    if (result == Z_MEM_ERROR) throw_error(ErrorKind::exhausted, "gzip reader: out of memory");
    if (result != Z_OK && result != Z_BUF_ERROR) {
      throw_error(ErrorKind::corrupt, "damaged gzip data: ", stream_.msg == nullptr ? "unreadable" : stream_.msg,
                  "; get the archive again");
    }
    if (header_.done == 0 && stream_.total_in > kGzipHeaderBytes) {
      throw_error(ErrorKind::corrupt, "damaged gzip data: the header of a member is over ", kGzipHeaderBytes, " bytes");
    }
  }

  // spec: RFC 1952 2.2: members follow each other with nothing before, between or after them.
  void end_member() {
    if (!refill()) {
      at_end_ = true;
      return;
    }
    if (stream_.next_in[0] != 0x1f) throw_error(ErrorKind::corrupt, "garbage behind the end of the gzip data");
    inflateReset(&stream_);
    begin_member();
  }

  Input& input_;
  z_stream stream_ = {};
  gz_header header_ = {};
  bool at_end_ = false;
};

}  // namespace

std::unique_ptr<Decompressor> open_gzip_decompressor(Input& input) {
  if (auto faster = try_open_isal_decompressor(input)) return faster;
  return open_zlib_decompressor(input);
}

std::unique_ptr<Decompressor> open_zlib_decompressor(Input& input) {
  return std::make_unique<Gzip>(input);
}

}  // namespace minidock::store
