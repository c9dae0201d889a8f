// From the archive's bytes to the bytes of the tar in it: plain, gzip, zstd, xz, bzip2; exactly one level.
//
// What is refused as corrupt, in every format: a stream that is cut, a check that does not match, bytes behind
// the end. gzip has a reader of its own because libarchive checks neither the CRC nor the length of a member
// (RFC 1952 2.3.1), zstd and xz because it does not bound what they may take; bzip2 is read by its raw format and
// filter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "store/archive/input.h"

namespace minidock::store {

class Decompressor {
 public:
  virtual ~Decompressor() = default;
  // Next bytes into `buffer`: 0 at the end, and then the whole input has been read and every check has held.
  // Throws corrupt, naming the format: "gzip data cut short".
  virtual size_t read(char* buffer, size_t size) = 0;
  // Compressed bytes that went into what was read so far.
  virtual uint64_t used() const = 0;
};

// RFC 1952 sets no bound on the name and comment of a gzip member; nobody writes as much as this.
constexpr uint64_t kGzipHeaderBytes = 1 << 20;

// How far back zstd and xz may look, and so the memory that a stream may ask for: what `zstd --ultra -22` and
// `zstd --long` do; `xz -9` needs half of it.
constexpr int kWindowLog = 27;
constexpr uint64_t kWindowBytes = uint64_t{1} << kWindowLog;

// Chosen by the first bytes of `input`, which is borrowed and must outlive the result.
// Throws invalid for what is neither a compressed stream nor a tar.
std::unique_ptr<Decompressor> open_decompressor(Input& input);

// Each of the forms, as open_decompressor() makes them.
std::unique_ptr<Decompressor> open_gzip_decompressor(Input& input);      // by the faster of the next two
std::unique_ptr<Decompressor> open_zlib_decompressor(Input& input);      // gzip.cc
std::unique_ptr<Decompressor> try_open_isal_decompressor(Input& input);  // gzip_isal.cc; null without it
std::unique_ptr<Decompressor> open_zstd_decompressor(Input& input);
std::unique_ptr<Decompressor> open_xz_decompressor(Input& input);
std::unique_ptr<Decompressor> open_bzip2_decompressor(Input& input);

}  // namespace minidock::store
