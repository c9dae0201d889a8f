// gzip by Intel's ISA-L, two to three times as fast as zlib. Debian has it as a shared library alone, so it is loaded
// when the first gzip stream is opened: a run, which opens none, does not pay for it. Where it is missing zlib does the
// work. Source: isa-l/igzip_lib.h, whose ISAL_GZIP reads a member's header (RFC 1952) and checks its CRC32 and ISIZE.
#include "store/archive/decompress.h"

#if __has_include(<isa-l/igzip_lib.h>)
#include <isa-l/igzip_lib.h>

#include "base/error.h"
#include "base/shared_library.h"
#endif

namespace minidock::store {

#if __has_include(<isa-l/igzip_lib.h>)

namespace {

struct IsalLibrary {
  decltype(&::isal_inflate_init) init = nullptr;
  decltype(&::isal_inflate_reset) reset = nullptr;
  decltype(&::isal_inflate) inflate = nullptr;
  explicit operator bool() const { return init != nullptr && reset != nullptr && inflate != nullptr; }
};

IsalLibrary load_isal() {
  IsalLibrary out;
  const auto library = SharedLibrary::find({"libisal.so.2"});
  if (!library) return out;
  library.find_call("isal_inflate_init", out.init);
  library.find_call("isal_inflate_reset", out.reset);
  library.find_call("isal_inflate", out.inflate);
  return out;
}

const IsalLibrary& isal_library() {
  static const IsalLibrary kLibrary = load_isal();
  return kLibrary;
}

class IsalGzip : public Decompressor {
 public:
  explicit IsalGzip(Input& input) : input_(input), calls_(isal_library()), state_(std::make_unique<inflate_state>()) {
    calls_.init(state_.get());
    state_->crc_flag = ISAL_GZIP;
    state_->avail_in = 0;
  }

  size_t read(char* buffer, size_t size) override {
    state_->next_out = reinterpret_cast<uint8_t*>(buffer);
    state_->avail_out = static_cast<uint32_t>(size);
    while (state_->avail_out == size && !at_end_) step();
    return size - state_->avail_out;
  }

  uint64_t used() const override { return input_.consumed() - state_->avail_in; }

 private:
  bool refill() {
    if (state_->avail_in > 0) return true;
    const std::string_view bytes = input_.next();
    // The interface is not const-correct: nothing is written through next_in.
    state_->next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(bytes.data()));
    state_->avail_in = static_cast<uint32_t>(bytes.size());
    return !bytes.empty();
  }

  void step() {
    const bool has_input = refill();
    const uint32_t room = state_->avail_out;
    // Up to eight bytes that were read before are in the state: they may be all that is left.
    const int result = calls_.inflate(state_.get());
    if (result == ISAL_INCORRECT_CHECKSUM) fail("incorrect data check");
    if (result == ISAL_INVALID_WRAPPER || result == ISAL_UNSUPPORTED_METHOD) fail("unreadable header");
    if (result < 0 || result == ISAL_NEED_DICT) fail("invalid block");
    if (state_->block_state == ISAL_BLOCK_FINISH) return end_member();
    if (!has_input && state_->avail_out == room) {
      throw_error(ErrorKind::corrupt, "gzip data cut short; get the archive again");
    }
    begun_ = begun_ || state_->avail_out < room;
    if (!begun_ && used() - member_ > kGzipHeaderBytes) {
      fail(cat("the header of a member is over ", kGzipHeaderBytes, " bytes"));
    }
  }

  // spec: RFC 1952 2.2: members follow each other with nothing before, between or after them.
  void end_member() {
    if (!refill()) {
      at_end_ = true;
      return;
    }
    if (state_->next_in[0] != 0x1f) throw_error(ErrorKind::corrupt, "garbage behind the end of the gzip data");
    calls_.reset(state_.get());
    state_->crc_flag = ISAL_GZIP;
    member_ = used();
    begun_ = false;
  }

  [[noreturn]] static void fail(const std::string& why) {
    throw_error(ErrorKind::corrupt, "damaged gzip data: ", why, "; get the archive again");
  }

  Input& input_;
  const IsalLibrary& calls_;
  std::unique_ptr<inflate_state> state_;  // 80 KiB
  uint64_t member_ = 0;                   // where it begins
  bool begun_ = false;                    // it has given data
  bool at_end_ = false;
};

}  // namespace

std::unique_ptr<Decompressor> try_open_isal_decompressor(Input& input) {
  if (!isal_library()) return nullptr;
  return std::make_unique<IsalGzip>(input);
}

#else

std::unique_ptr<Decompressor> try_open_isal_decompressor(Input&) {
  return nullptr;
}

#endif

}  // namespace minidock::store
