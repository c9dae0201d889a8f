#include "store/erofs/writer.h"

#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "store/erofs/checksum.h"
#include "store/erofs/directory_blocks.h"
#include "store/erofs/layout.h"
#include "store/erofs/xattr_body.h"

namespace minidock::store::erofs {

namespace {

constexpr size_t kFlush = 256 << 10;

// What is written one byte after the other, from `at` on.
class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}

  void put(std::string_view bytes) {
    buffer_ += bytes;
    at_ += bytes.size();
    if (buffer_.size() >= kFlush) flush();
  }
  template <typename Struct>
  void put_struct(const Struct& value) {
    put({reinterpret_cast<const char*>(&value), sizeof value});
  }
  void pad_to(uint64_t at) {
    if (at < at_) throw_error(ErrorKind::internal, "write EROFS: byte ", at, " comes after ", at_);
    put(std::string(at - at_, '\0'));
  }
  void flush() {
    write_all(fd_, buffer_);
    buffer_.clear();
  }

 private:
  int fd_;
  uint64_t at_ = 0;
  std::string buffer_;
};

void write_at(int fd, std::string_view bytes, uint64_t at) {
  while (!bytes.empty()) {
    const ssize_t size = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) throw_errno("write");
    bytes.remove_prefix(static_cast<size_t>(size));
    at += static_cast<uint64_t>(size);
  }
}

std::string read_at(int fd, uint64_t at, uint64_t size) {
  std::string bytes(size, '\0');
  for (uint64_t have = 0; have < size;) {
    const ssize_t got = pread(fd, bytes.data() + have, size - have, static_cast<off_t>(at + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("read layer");
    if (got == 0) throw_error(ErrorKind::corrupt, "read layer: its tar is shorter than it was");
    have += static_cast<uint64_t>(got);
  }
  return bytes;
}

class Writer {
 public:
  Writer(const Tree& tree, const std::vector<Device>& devices, int fd)
      : tree_(tree), devices_(devices), fd_(fd), listing_(tree), layout_(tree, listing_, devices.size()), output_(fd) {}

  void run(const std::array<uint8_t, 16>& id) {
    output_.pad_to(kSuperOffset);
    output_.put(super_block(id));
    for (const Device& device : devices_) put_device(device);
    for (const NodeId node : layout_.order()) put_inode(node);
    output_.pad_to(layout_.flat_block() * kBlock);
    for (const NodeId node : layout_.order()) put_flat_blocks(node);
    output_.flush();
    if (ftruncate(fd_, static_cast<off_t>(layout_.end_block() * kBlock)) != 0) throw_errno("set size");
    for (const NodeId node : layout_.order()) copy_chunks(node);
  }

 private:
  // The whole block, for its sum is of all of it.
  std::string super_block(const std::array<uint8_t, 16>& id) const {
    SuperBlock super;
    super.feature_compat = kCompatChecksum | kCompatMtime;
    super.root_nid = static_cast<uint16_t>(layout_.place(tree_.inode_of(tree_.root())).nid);
    super.inodes = layout_.order().size();
    super.blocks = static_cast<uint32_t>(layout_.end_block());
    memcpy(super.uuid, id.data(), id.size());
    super.feature_incompat = kIncompatChunkedFile;
    if (!devices_.empty()) {
      super.feature_incompat |= kIncompatDeviceTable;
      super.devices = static_cast<uint16_t>(devices_.size());
      super.device_slot = kDeviceOffset / sizeof(DeviceSlot);
    }
    std::string block(kBlock, '\0');
    memcpy(block.data(), &super, sizeof super);
    super.checksum = crc32c(kChecksumSeed, block);
    memcpy(block.data(), &super, sizeof super);
    return block;
  }

  void put_device(const Device& device) {
    DeviceSlot slot;
    memcpy(slot.tag, device.tag.data(), std::min(device.tag.size(), sizeof slot.tag));
    slot.blocks = static_cast<uint32_t>((device.bytes + kBlock - 1) / kBlock);
    output_.put_struct(slot);
  }

  void put_inode(NodeId node) {
    const Inode& inode = tree_.inode(node);
    const InodeId id = tree_.inode_of(node);
    const Place& place = layout_.place(id);
    const std::string xattrs = xattr_body(tree_.xattrs(inode));
    uint64_t flat_bytes = 0;
    const std::string tail =
        each_flat_block(node, [&flat_bytes](std::string_view block) { flat_bytes += block.size(); });
    flat_bytes += tail.size();
    InodeExtended raw;
    raw.format = format_of(place.layout);
    raw.xattr_count = xattr_count(xattrs.size());
    raw.mode = inode.mode;
    raw.size = S_ISREG(inode.mode) ? inode.size : flat_bytes;
    raw.ino = id + 1;
    raw.uid = inode.uid;
    raw.gid = inode.gid;
    raw.mtime = inode.mtime / kSecond;
    raw.mtime_nsec = static_cast<uint32_t>(inode.mtime % kSecond);
    raw.links = listing_.links(id);
    ChunkPlan plan;
    if (place.layout == DataLayout::chunk_based) {
      plan = plan_chunks(inode.size, tree_.extents(inode));
      raw.data = kChunkIndexes | plan.bits;
    } else if (S_ISCHR(inode.mode) || S_ISBLK(inode.mode)) {
      raw.data = static_cast<uint32_t>(inode.data);
    } else if (flat_bytes >= kBlock || (place.layout == DataLayout::flat_plain && flat_bytes > 0)) {
      raw.data = static_cast<uint32_t>(layout_.flat_block() + place.blocks_at);
    }
    output_.pad_to(place.at());
    output_.put_struct(raw);
    output_.put(xattrs);
    if (place.layout == DataLayout::flat_inline) {
      output_.put(tail);
    } else if (place.layout == DataLayout::chunk_based) {
      output_.pad_to((place.at() + sizeof raw + xattrs.size() + sizeof(ChunkIndex) - 1) / sizeof(ChunkIndex) *
                     sizeof(ChunkIndex));
      put_indexes(plan, place, inode.layer);
    }
  }

  void put_indexes(const ChunkPlan& plan, const Place& place, uint16_t layer) {
    uint64_t copy = layout_.copy_block() + place.blocks_at;
    for (const Chunk& chunk : plan.chunks) {
      ChunkIndex index;
      if (chunk.kind == Chunk::Kind::tar) {
        index.device = static_cast<uint16_t>(layer + 1);
        index.block = static_cast<uint32_t>(chunk.block);
      } else if (chunk.kind == Chunk::Kind::copy) {
        index.block = static_cast<uint32_t>(copy);
        copy += uint64_t{1} << plan.bits;
      }
      output_.put_struct(index);
    }
  }

  // The data of a directory or a symlink: `full` gets its full blocks, what is behind them is returned.
  std::string each_flat_block(NodeId node, const std::function<void(std::string_view)>& full) const {
    const Inode& inode = tree_.inode(node);
    if (S_ISLNK(inode.mode)) {
      std::string_view left = tree_.target(inode);
      for (; left.size() >= kBlock; left.remove_prefix(kBlock)) full(left.substr(0, kBlock));
      return std::string(left);
    }
    if (!S_ISDIR(inode.mode)) return {};
    DirectoryBlocks blocks(full);
    each_name(tree_, listing_, node, [&](std::string_view name, NodeId other) {
      blocks.add(name, layout_.place(tree_.inode_of(other)).nid, file_type_of(tree_.inode(other).mode));
    });
    std::string last = blocks.finish();
    if (last.size() == kBlock) full(std::exchange(last, {}));
    return last;
  }

  void put_flat_blocks(NodeId node) {
    const Place& place = layout_.place(tree_.inode_of(node));
    uint64_t block = layout_.flat_block() + place.blocks_at;
    const auto put = [&](std::string_view bytes) {
      output_.pad_to(block++ * kBlock);
      output_.put(bytes);
    };
    std::string tail = each_flat_block(node, put);
    if (place.layout == DataLayout::flat_inline || tail.empty()) return;
    tail.resize(kBlock);
    put(tail);
  }

  // Only what is data is written: the rest of a copied chunk is a hole in the image.
  void copy_chunks(NodeId node) {
    const Inode& inode = tree_.inode(node);
    const Place& place = layout_.place(tree_.inode_of(node));
    if (place.layout != DataLayout::chunk_based) return;
    const std::vector<Extent> extents = tree_.extents(inode);
    const ChunkPlan plan = plan_chunks(inode.size, extents);
    const uint64_t size = plan.chunk_bytes();
    uint64_t to = (layout_.copy_block() + place.blocks_at) * kBlock;
    auto extent = extents.begin();
    for (uint64_t number = 0; number < plan.chunks.size(); ++number) {
      if (plan.chunks[number].kind != Chunk::Kind::copy) continue;
      const uint64_t from = number * size;
      while (extent != extents.end() && extent->offset + extent->length <= from) ++extent;
      for (auto piece = extent; piece != extents.end() && piece->offset < from + size; ++piece) {
        const uint64_t begin = std::max(piece->offset, from);
        const uint64_t end = std::min(piece->offset + piece->length, from + size);
        write_at(fd_, read_at(devices_.at(inode.layer).fd, piece->position + (begin - piece->offset), end - begin),
                 to + (begin - from));
      }
      to += size;
    }
  }

  const Tree& tree_;
  const std::vector<Device>& devices_;
  int fd_;
  Listing listing_;
  Layout layout_;
  Output output_;
};

}  // namespace

void write_image(const Tree& tree, const std::vector<Device>& devices, const std::array<uint8_t, 16>& id, int fd) {
  if (devices.size() > kMaxDevices) {
    throw_error(ErrorKind::exhausted, "the image has ", devices.size(), " layers, EROFS images are made of ",
                kMaxDevices, " at most");
  }
  try {
    Writer(tree, devices, fd).run(id);
  } catch (const Error& error) {
    throw error.with_context("write EROFS image");
  }
}

}  // namespace minidock::store::erofs
