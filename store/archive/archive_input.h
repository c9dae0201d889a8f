// An archive as it is handed in, uncompressed: the bytes of the tar in it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "store/archive/decompress.h"
#include "store/archive/input.h"

namespace minidock::store {

class ArchiveInput {
 public:
  // `fd` is borrowed. Throws invalid for what is no tar, corrupt for a damaged one: most mistakes show in the head.
  ArchiveInput(int fd, const Progress& progress, std::optional<FileRange> range = std::nullopt, bool hashed = false);

  // The next bytes of the tar; empty at the end. The view lives until the next call.
  std::string_view next();
  bool is_compressed() const { return is_compressed_; }
  uint64_t used() const { return source_->used(); }  // compressed bytes that went into what was read
  // Once, at the end, of one that is `hashed`: the SHA-256 of what was handed in; nullopt where that is the tar itself.
  std::optional<oci::Digest> digest();

 private:
  Input input_;
  std::optional<oci::Hasher> hasher_;
  std::unique_ptr<Decompressor> source_;
  std::vector<char> chunk_;
  bool is_compressed_ = false;
  size_t head_ = 0;  // bytes of chunk_ not yet given out
};

}  // namespace minidock::store
