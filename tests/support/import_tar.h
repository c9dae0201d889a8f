// A small image as a tar, and its import.
#pragma once

#include <string>

#include "base/file.h"
#include "store/store.h"
#include "support/tar_builder.h"

namespace minidock::store {

// Two megabytes in forty files.
inline void write_test_tar(const std::string& path) {
  TarBuilder tar;
  tar.directory("bin");
  for (int number = 0; number < 40; ++number) {
    tar.file(cat("bin/f", number), std::string(50'000, static_cast<char>('a' + number % 26)));
  }
  write_file(AT_FDCWD, path, tar.finish());
}

inline std::string import_tar(const Location& location, const std::string& path, const std::string& reference) {
  Store store = Store::open(location);
  const Fd archive = open_file(AT_FDCWD, path, O_RDONLY);
  ImportRequest request;
  request.fd = archive.get();
  request.source_name = path;
  request.reference = oci::parse_reference(reference);
  return store.import(request).id.text();
}

}  // namespace minidock::store
