#include <limits.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "store/erofs/byte_stream.h"
#include "store/erofs/tree_file.h"
#include "store/erofs/xattr_body.h"

namespace minidock::store::erofs {

namespace {

using Kind = Record::Kind;

void require(bool fine, const char* what) {
  if (!fine) throw_error(ErrorKind::corrupt, what);
}

class TreeReader {
 public:
  TreeReader(int fd, uint64_t tar_bytes, const UnpackLimits& limits)
      : in_(fd, kMaxTreeBytes), tar_bytes_(tar_bytes), limits_(limits) {}

  void run(const std::function<void(const Record&)>& visit) {
    require(in_.text(kTreeMagic.size()) == kTreeMagic, "it does not begin as a tree");
    const auto records = in_.number<uint64_t>();
    require(records >= 1 && records <= kMaxRecords, "it has too many records");
    for (; next_ < records; ++next_) {
      const Record record = read();
      kinds_.push_back(record.kind);
      visit(record);
    }
    in_.finish();
  }

  uint64_t number() const { return next_; }

 private:
  Record read() {
    Record record;
    record.number = next_;
    const auto kind = in_.number<uint8_t>();
    require(kind <= static_cast<uint8_t>(Kind::removed), "unknown kind");
    record.kind = static_cast<Kind>(kind);
    const auto opaque = in_.number<uint8_t>();
    record.opaque = opaque == 1;
    require(opaque == 0 || (opaque == 1 && record.kind == Kind::directory), "only a directory can be opaque");
    record.parent = in_.number<uint32_t>();
    if (next_ == 0) {
      require(record.kind == Kind::directory && record.parent == 0, "the first record is the root");
    } else {
      require(record.parent < next_ && kinds_[record.parent] == Kind::directory,
              "its parent is no directory before it");
      record.name = in_.short_text<uint8_t>();
      require(is_name(record.name), "no name of a file");
    }
    if (record.kind == Kind::link) {
      read_link(record);
    } else if (record.kind != Kind::removed) {
      read_inode(record);
    }
    return record;
  }

  static bool is_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
           name.find('\0') == std::string_view::npos;
  }

  void read_link(Record& record) {
    record.link = in_.number<uint32_t>();
    require(record.link < next_, "it links to what is not before it");
    const Kind kind = kinds_[record.link];
    require(kind != Kind::directory && kind != Kind::link && kind != Kind::removed, "it links to what has no links");
  }

  void read_inode(Record& record) {
    static constexpr mode_t kTypes[] = {S_IFDIR, S_IFREG, S_IFLNK, S_IFIFO, S_IFCHR, S_IFBLK};
    Inode& inode = record.inode;
    const auto mode = in_.number<uint16_t>();
    require(mode <= 07777, "no mode of a file");
    inode.mode = static_cast<uint16_t>(mode | kTypes[static_cast<size_t>(record.kind)]);
    inode.uid = in_.number<uint32_t>();
    inode.gid = in_.number<uint32_t>();
    require(inode.uid != UINT32_MAX && inode.gid != UINT32_MAX, "no owner of a file");
    inode.mtime = in_.number<int64_t>();
    require(inode.mtime >= 0, "its time is before 1970");
    if (record.kind == Kind::file) read_extents(record);
    if (record.kind == Kind::file || record.kind == Kind::directory) read_xattrs(record);
    if (record.kind == Kind::symlink) {
      record.target = in_.short_text<uint16_t>();
      require(
          !record.target.empty() && record.target.size() < PATH_MAX && record.target.find('\0') == std::string::npos,
          "no target of a link");
    }
    if (record.kind == Kind::character || record.kind == Kind::block) inode.data = in_.number<uint32_t>();
    require(record.kind != Kind::character || inode.data != 0, "overlayfs would take it for a removed file");
  }

  // In order, apart, within the file, and within the tar: security: nothing else can be read through the image.
  void read_extents(Record& record) {
    record.inode.size = in_.number<uint64_t>();
    require(record.inode.size <= limits_.file_bytes, "a file larger than the limit");
    const auto count = in_.number<uint32_t>();
    uint64_t end = 0;
    for (uint32_t at = 0; at < count; ++at) {
      Extent extent;
      extent.offset = in_.number<uint64_t>();
      extent.position = in_.number<uint64_t>();
      extent.length = in_.number<uint64_t>();
      require(extent.length > 0 && extent.offset >= end && extent.offset < record.inode.size &&
                  extent.length <= record.inode.size - extent.offset,
              "a piece outside its file or over another");
      require(extent.position < tar_bytes_ && extent.length <= tar_bytes_ - extent.position, "a piece outside the tar");
      end = extent.offset + extent.length;
      record.extents.push_back(extent);
    }
  }

  void read_xattrs(Record& record) {
    const auto count = in_.number<uint16_t>();
    for (uint16_t at = 0; at < count; ++at) {
      Xattr xattr;
      xattr.name = in_.short_text<uint8_t>();
      xattr.value = in_.short_text<uint16_t>();
      require(is_kept_xattr(xattr.name), "an extended attribute that no layer keeps");
      record.xattrs.push_back(std::move(xattr));
    }
    xattr_body_bytes(record.xattrs);  // throws where they are too many
  }

  ByteReader in_;
  const uint64_t tar_bytes_;
  const UnpackLimits& limits_;
  std::vector<Kind> kinds_;
  uint32_t next_ = 0;
};

}  // namespace

void read_tree(int fd, uint64_t tar_bytes, const UnpackLimits& limits,
               const std::function<void(const Record&)>& visit) {
  TreeReader reader(fd, tar_bytes, limits);
  try {
    reader.run(visit);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::exhausted) throw;
    throw Error(ErrorKind::corrupt, cat("the layer's tree: record ", reader.number(), ": ", error.what()));
  }
}

}  // namespace minidock::store::erofs
