// What a packed file holds (store/archive/packed_file.h), and how one is made.
#pragma once

#include <sys/mman.h>

#include <string>

#include "base/file.h"
#include "store/archive/packed_file.h"

namespace minidock::store {

inline std::string content_of(int fd) {
  PackedReader reader(fd);
  std::string text, buffer(64 << 10, '\0');
  while (const size_t got = reader.read(buffer.data(), buffer.size())) text.append(buffer, 0, got);
  return text;
}

inline std::string packed(std::string_view content) {
  const Fd file(memfd_create("packed", MFD_CLOEXEC));
  PackedWriter writer(file.get(), "a test's file");
  writer.write(content);
  writer.finish();
  lseek(file.get(), 0, SEEK_SET);
  return read_fd(file.get(), 64 << 20);
}

}  // namespace minidock::store
