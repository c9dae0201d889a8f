#include "store/erofs/tree_sink.h"

#include "store/archive/file_data.h"
#include "store/erofs/tree_file.h"

namespace minidock::store::erofs {

bool TreeSink::make_file(const Entry& entry, TarReader& reader) {
  std::vector<Extent> extents;
  oci::Hasher hasher;
  if (entry.size > 0) {
    each_piece(reader, entry, &hasher, [&extents](const TarReader::Block& block) {
      const Extent piece{block.offset, block.position, block.bytes.size()};
      if (piece.length == 0) return;
      if (!extents.empty()) {
        Extent& last = extents.back();
        if (last.offset + last.length == piece.offset && last.position + last.length == piece.position) {
          last.length += piece.length;
          return;
        }
      }
      extents.push_back(piece);
    });
  }
  const InodeId made = builder_.make_file(entry, std::move(extents));
  if (entry.size > 0) digests_.add(made, hasher.finish());
  return true;
}

void TreeSink::finish(const LayerMarks& marks) {
  builder_.set_marks(marks);
  builder_.freeze();
  write_tree(builder_, limits_, tree_);  // order: it refuses paths that are too long
  LayerIndexWriter index(index_);
  write_index(builder_, digests_, index);
}

}  // namespace minidock::store::erofs
