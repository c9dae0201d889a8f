// A file as a gzip stream, made piece by piece as it is asked for: a layer on its way to a registry. The same file
// gives the same bytes: no name, no time, one level, and zlib, whose output depends on no processor (ISA-L's does).
// Source: RFC 1952; zlib.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "oci/digest.h"

namespace minidock::store {

class GzipWriter {
 public:
  // `fd` is borrowed, and read from its beginning by pread: its offset stays. It must have this SHA-256.
  GzipWriter(int fd, const oci::Digest& digest);
  ~GzipWriter();

  // Up to `room` bytes of the stream; 0 at its end. Throws corrupt before the end of a file that has another digest:
  // what was damaged on the disk is not handed on as whole.
  size_t read(char* buffer, size_t room);
  uint64_t used() const;  // bytes of the file that are in what was given so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace minidock::store
