// xz by its own library, which libarchive would let have a gigabyte. Source: lzma/container.h, lzma/base.h; the .xz
// file format 1.0.4, 2: streams follow each other, padded with zeros by fours.
#include <lzma.h>

#include "base/error.h"
#include "store/archive/decompress.h"
#include "store/archive/feed.h"

namespace minidock::store {

namespace {

// What the library has beside the window.
constexpr uint64_t kOwnBytes = 1 << 20;

class Xz : public Decompressor {
 public:
  explicit Xz(Input& input) : feed_(input) {
    // A check that this library does not know is none that has held.
    constexpr uint32_t kFlags = LZMA_CONCATENATED | LZMA_TELL_UNSUPPORTED_CHECK;
    require(lzma_stream_decoder(&stream_, kWindowBytes + kOwnBytes, kFlags));
  }
  ~Xz() override { lzma_end(&stream_); }
  Xz(const Xz&) = delete;
  Xz& operator=(const Xz&) = delete;

  size_t read(char* buffer, size_t size) override {
    stream_.next_out = reinterpret_cast<uint8_t*>(buffer);
    stream_.avail_out = size;
    while (stream_.avail_out == size && !at_end_) step();
    return size - stream_.avail_out;
  }

  uint64_t used() const override { return feed_.taken(); }

 private:
  void step() {
    const bool has_input = feed_.refill();
    const std::string_view bytes = feed_.left();
    stream_.next_in = reinterpret_cast<const uint8_t*>(bytes.data());
    stream_.avail_in = bytes.size();
    const lzma_ret result = lzma_code(&stream_, has_input ? LZMA_RUN : LZMA_FINISH);
    feed_.take(bytes.size() - stream_.avail_in);
    at_end_ = result == LZMA_STREAM_END;
    if (!at_end_) require(result);
  }

  static void require(lzma_ret result) {
    switch (result) {
      case LZMA_OK:
        return;
      case LZMA_MEM_ERROR:
        throw_error(ErrorKind::exhausted, "xz reader: out of memory");
      case LZMA_MEMLIMIT_ERROR:
        throw_error(ErrorKind::exhausted, "xz data that needs a window of more than ", kWindowBytes >> 20,
                    " MiB, the limit; compress the archive again with -9 or less");
      case LZMA_UNSUPPORTED_CHECK:
      case LZMA_OPTIONS_ERROR:
        throw_error(ErrorKind::unsupported,
                    "xz data with a check or a filter that is not known here; compress it again");
      case LZMA_BUF_ERROR:
        throw_error(ErrorKind::corrupt, "xz data cut short; get the archive again");
      default:  // garbage behind a stream too: it is taken for another stream
        throw_error(ErrorKind::corrupt, "damaged xz data, or garbage behind it; get the archive again");
    }
  }

  Feed feed_;
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool at_end_ = false;
};

}  // namespace

std::unique_ptr<Decompressor> open_xz_decompressor(Input& input) {
  return std::make_unique<Xz>(input);
}

}  // namespace minidock::store
