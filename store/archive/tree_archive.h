// From a directory tree to a tar: what export, cp and commit write. The same tree gives the same bytes.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "store/archive/tar_writer.h"
#include "store/archive/tree_source.h"

namespace minidock::store {

struct TreeArchiveOptions {
  // Overlayfs' marks of an upper directory become those of the layer format: character devices 0:0 .wh.NAME, opaque
  // directories .wh..wh..opq. Source: image-spec layer.md "Whiteouts", kernel overlayfs.rst.
  bool overlay_marks = false;
  // Times in whole seconds, as docker's archives have them.
  bool whole_seconds = true;
  // Holes of files stay holes. docker's archives have zeros there.
  bool keep_holes = false;
  std::function<bool(const TreeItem&)> is_left_out;  // with all below it
};

class TreeArchive {
 public:
  TreeArchive(TarWriter& writer, TreeArchiveOptions options) : writer_(writer), options_(std::move(options)) {}

  // All below `directory` (borrowed), named from there on; sockets are left out. `prefix` comes before each name.
  void add_below(int directory, const std::string& prefix = {});
  // One thing, named `name`, and all below it.
  void add_item(TreeItem& item, const std::string& name);

 private:
  Descend add(TreeItem& item, const std::string& path);
  void add_mark(const std::string& path, const Entry& like);
  void add_file(const TreeItem& item, const Entry& entry);
  void add_data(const TreeItem& item, FilePiece piece);

  TarWriter& writer_;
  TreeArchiveOptions options_;
  std::map<std::pair<dev_t, ino_t>, std::string> linked_;  // files of several names: the first that was written
};

}  // namespace minidock::store
