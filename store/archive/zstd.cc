// zstd by its own library. Source: zstd.h, "Streaming decompression"; RFC 8878: a file is a series of frames, some of
// which hold no data and are skipped.
#include <zstd.h>
#include <zstd_errors.h>

#include "base/error.h"
#include "store/archive/decompress.h"
#include "store/archive/feed.h"

namespace minidock::store {

namespace {

constexpr size_t kMagicBytes = 4;

class Zstd : public Decompressor {
 public:
  explicit Zstd(Input& input) : feed_(input) {
    if (!context_) throw_error(ErrorKind::exhausted, "start zstd reader: out of memory");
    require(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kWindowLog));
  }

  size_t read(char* buffer, size_t size) override {
    ZSTD_outBuffer out = {buffer, size, 0};
    while (out.pos == 0 && step(out)) {
    }
    return out.pos;
  }

  uint64_t used() const override { return feed_.taken(); }

 private:
  struct Closer {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };

  // False at the end. A frame ends where the library says 0; until then it may hold data back and need no input.
  bool step(ZSTD_outBuffer& out) {
    const bool has_input = feed_.refill();
    if (!has_input && !in_frame_) return false;
    ZSTD_inBuffer in = {feed_.left().data(), feed_.left().size(), 0};
    const size_t made = out.pos;
    const size_t wanted = ZSTD_decompressStream(context_.get(), &out, &in);
    require(wanted);
    feed_.take(in.pos);
    if (!in_frame_) frame_ = feed_.taken() - in.pos;
    in_frame_ = wanted != 0;
    frames_ += in_frame_ ? 0 : 1;
    if (in_frame_ && !has_input && out.pos == made) fail_at_end();
    return true;
  }

  void require(size_t result) const {
    if (ZSTD_isError(result) == 0) return;
    switch (ZSTD_getErrorCode(result)) {
      case ZSTD_error_frameParameter_windowTooLarge:
        throw_error(ErrorKind::exhausted, "zstd data that needs a window of more than ", kWindowBytes >> 20,
                    " MiB, the limit; compress the archive again with --long=", kWindowLog, " or without --long");
      case ZSTD_error_memory_allocation:
        throw_error(ErrorKind::exhausted, "zstd reader: out of memory");
      case ZSTD_error_prefix_unknown:
        if (frames_ > 0) fail_behind_end();
        break;
      default:
        break;
    }
    throw_error(ErrorKind::corrupt, "damaged zstd data: ", ZSTD_getErrorName(result), "; get the archive again");
  }

  // So few bytes that they cannot even be known for a frame.
  [[noreturn]] void fail_at_end() const {
    if (frames_ > 0 && feed_.taken() - frame_ < kMagicBytes) fail_behind_end();
    throw_error(ErrorKind::corrupt, "zstd data cut short; get the archive again");
  }

  [[noreturn]] static void fail_behind_end() {
    throw_error(ErrorKind::corrupt, "garbage behind the end of the zstd data");
  }

  Feed feed_;
  std::unique_ptr<ZSTD_DCtx, Closer> context_{ZSTD_createDCtx()};
  uint64_t frame_ = 0;   // where it begins
  uint64_t frames_ = 0;  // that have ended
  bool in_frame_ = false;
};

}  // namespace

std::unique_ptr<Decompressor> open_zstd_decompressor(Input& input) {
  return std::make_unique<Zstd>(input);
}

}  // namespace minidock::store
