#include "store/archive/packed_file.h"

#include <zstd.h>

#include <string>

#include "base/error.h"
#include "base/file.h"
#include "store/archive/decompress.h"
#include "store/archive/sniff.h"

namespace minidock::store {

namespace {
// The library's fastest: of names and digests the next ones make hardly less.
constexpr int kLevel = 1;
constexpr size_t kMagicBytes = 4;
}  // namespace

struct PackedWriter::State {
  struct Closer {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };

  void set(ZSTD_cParameter parameter, int value) { require(ZSTD_CCtx_setParameter(context.get(), parameter, value)); }

  static size_t require(size_t result) {
    if (ZSTD_isError(result) != 0) throw_error(ErrorKind::exhausted, "compress: ", ZSTD_getErrorName(result));
    return result;
  }

  void pass(std::string_view bytes, ZSTD_EndDirective how) {
    ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
    try {
      for (bool done = false; !done;) {
        ZSTD_outBuffer made = {out.data(), out.size(), 0};
        const size_t held_back = require(ZSTD_compressStream2(context.get(), &made, &in, how));
        write_all(fd, std::string_view(out).substr(0, made.pos));
        done = how == ZSTD_e_end ? held_back == 0 : in.pos == in.size;
      }
    } catch (const Error& error) {
      throw error.with_context("write " + what);
    }
  }

  int fd;
  std::string what;
  std::unique_ptr<ZSTD_CCtx, Closer> context{ZSTD_createCCtx()};
  std::string out = std::string(ZSTD_CStreamOutSize(), '\0');
};

PackedWriter::PackedWriter(int fd, std::string what) : state_(new State{fd, std::move(what)}) {
  if (!state_->context) throw_error(ErrorKind::exhausted, "write ", state_->what, ": no memory to compress with");
  state_->set(ZSTD_c_compressionLevel, kLevel);
  state_->set(ZSTD_c_checksumFlag, 1);
}

PackedWriter::~PackedWriter() = default;

void PackedWriter::write(std::string_view bytes) {
  state_->pass(bytes, ZSTD_e_continue);
}

void PackedWriter::finish() {
  state_->pass({}, ZSTD_e_end);
}

struct PackedReader::State {
  explicit State(int fd) : input(fd, {}) {
    if (sniff(input.peek(kMagicBytes)) == ArchiveKind::zstd) frames = open_zstd_decompressor(input);
  }

  Input input;
  std::unique_ptr<Decompressor> frames;  // none: it is plain
};

PackedReader::PackedReader(int fd) : state_(new State(fd)) {}

PackedReader::~PackedReader() = default;

size_t PackedReader::read(char* buffer, size_t size) {
  if (!state_->frames) return state_->input.read(buffer, size);
  try {
    return state_->frames->read(buffer, size);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    throw_error(ErrorKind::corrupt, "its compressed data is damaged");  // no archive that could be got again
  }
}

oci::Digest hash_content(int fd) {
  PackedReader reader(fd);
  oci::Hasher hasher;
  std::string buffer(256 << 10, '\0');
  while (const size_t got = reader.read(buffer.data(), buffer.size())) {
    hasher.update(std::string_view(buffer).substr(0, got));
  }
  return hasher.finish();
}

}  // namespace minidock::store
