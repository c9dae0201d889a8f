// A layer's tree as a file: layers/<diffID>/tree. The jailed child writes it, the parent believes nothing in it: a
// child that was taken over could have written it. What read_tree() gives out is a tree, and its data lies within the
// tar.
//
//   "minidock tree 1\n"                          16 bytes
//   u64 records
//   records, the root's first. Numbers are little-endian; a record's number is its place, from 0:
//     u8  kind                                   Record::Kind
//     u8  opaque                                 1: hides what the layers below have in this directory
//     u32 parent                                 the number of a directory before it
//     u8  length, name                           not for the root
//     link:     u32 the number of the record it is another name of
//     removed:  nothing
//     others:   u16 mode, u32 uid, u32 gid, i64 mtime
//               file       u64 size, u32 count, count * (u64 offset, u64 position, u64 length)
//               symlink    u16 length, target
//               device     u32 number
//               file and directory: u16 count, count * (u8 length, name, u16 length, value)
//   u32 CRC32C of all before it
//
// All of it packed (archive/packed_file.h).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "store/archive/unpack.h"
#include "store/erofs/layer_builder.h"
#include "store/erofs/tree.h"

namespace minidock::store::erofs {

struct Record {
  enum class Kind : uint8_t { directory, file, symlink, fifo, character, block, link, removed };
  Kind kind = Kind::directory;
  bool opaque = false;
  uint32_t number = 0, parent = 0;
  std::string name;
  uint32_t link = 0;
  Inode inode;  // not of links and removals; without content and xattrs, which are here:
  std::string target;
  std::vector<Extent> extents;
  std::vector<Xattr> xattrs;
};

// `fd` is borrowed: empty, writable. What the builder removed is left out. `limits`: a path that links have led deeper
// than they allow is refused.
void write_tree(const LayerBuilder& layer, const UnpackLimits& limits, int fd);

constexpr uint64_t kMaxTreeBytes = 512 << 20;  // unpacked; twice what the jail's memory holds
constexpr uint64_t kMaxRecords = 4 << 20;      // directories that no entry described count too

// Calls `visit` for each record in order: parents before what is in them, names not yet compared. `fd` is borrowed,
// read from where it stands to its end. Throws corrupt for what write_tree() would not write of a tar of so many bytes.
void read_tree(int fd, uint64_t tar_bytes, const UnpackLimits& limits, const std::function<void(const Record&)>& visit);

}  // namespace minidock::store::erofs
