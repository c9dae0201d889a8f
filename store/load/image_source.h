// Where images are loaded from: an archive, or an OCI image layout in a directory. Files by name, and no more.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/fd.h"
#include "store/archive/member_table.h"
#include "store/store.h"

namespace minidock::store {

class Draft;

// A file of the source.
struct Piece {
  Fd owned;     // or empty, where the source has it open itself
  int fd = -1;  // borrowed
  FileRange range;
};

class ImageSource {
 public:
  virtual ~ImageSource() = default;
  // nullopt where there is no such regular file. security: the name may come from the source itself.
  virtual std::optional<Piece> find(const std::string& name) = 0;
  virtual bool has_directory(const std::string& name) = 0;

  // The whole file. Throws corrupt where there is none, or more than a JSON text may have.
  std::string read_text(const std::string& name);
  std::optional<std::string> find_text(const std::string& name);
};

// By what `fd` is: a directory, a tar, or a compressed tar or a stream, which are written to `draft` first.
std::unique_ptr<ImageSource> open_source(int fd, Draft& draft, const Progress& progress);

}  // namespace minidock::store
