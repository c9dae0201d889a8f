// EROFS on disk, as much of it as we write. Little-endian; so are the machines that we run on.
//
//   byte 0      nothing (a boot sector's place)
//        1024   SuperBlock, 128 bytes; its checksum covers bytes 1024 to 1535
//        1536   DeviceSlot for each layer's tar, 128 bytes each
//        ...    inodes, the root's first:
//
//                 InodeExtended | XattrHeader, XattrEntry... | one of
//                   file:       ChunkIndex...      (at a multiple of 8)
//                   directory:  its last block     (if it fits into what is left of this block)
//                   symlink:    the target         (the same)
//                 The number of an inode, its nid, is its place divided by 32.
//        ...    blocks of directories and of long symlinks that did not fit
//        ...    chunks of sparse files that lie across the edges of the tar's blocks: copied
//
// A block has 512 bytes, a tar's unit: so a file's data in a tar begins at a block, and one ChunkIndex names it.
// Source: kernel Documentation/filesystems/erofs.rst "On-disk details", fs/erofs/erofs_fs.h.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace minidock::store::erofs {

static_assert(std::endian::native == std::endian::little, "the structures are written as they lie in memory");

constexpr unsigned kBlockBits = 9;
constexpr uint64_t kBlock = 1 << kBlockBits;
constexpr uint64_t kSuperOffset = 1024;
constexpr uint64_t kDeviceOffset = kSuperOffset + kBlock;
constexpr uint64_t kSlotBytes = 32;   // the unit of a nid
constexpr uint64_t kInodeAlign = 64;  // so that no inode lies across two blocks
constexpr size_t kNameBytes = 255;

constexpr uint32_t kMagic = 0xE0F5E1E2;
constexpr uint32_t kCompatChecksum = 0x1;
constexpr uint32_t kCompatMtime = 0x2;
constexpr uint32_t kIncompatChunkedFile = 0x4;
constexpr uint32_t kIncompatDeviceTable = 0x8;

struct SuperBlock {
  uint32_t magic = kMagic;
  uint32_t checksum = 0;  // CRC32C of the block, this field zero
  uint32_t feature_compat = 0;
  uint8_t block_bits = kBlockBits;
  uint8_t extra_slots = 0;
  uint16_t root_nid = 0;
  uint64_t inodes = 0;
  uint64_t epoch = 0;  // of compact inodes; we write none
  uint32_t fixed_nsec = 0;
  uint32_t blocks = 0;
  uint32_t meta_block = 0;  // where nids are counted from
  uint32_t xattr_block = 0;
  uint8_t uuid[16] = {};
  uint8_t volume_name[16] = {};
  uint32_t feature_incompat = 0;
  uint16_t compression = 0;
  uint16_t devices = 0;      // besides this file
  uint16_t device_slot = 0;  // of the first DeviceSlot, in units of 128 bytes
  uint8_t directory_block_bits = 0;
  uint8_t xattr_prefixes = 0;
  uint32_t xattr_prefix_start = 0;
  uint64_t packed_nid = 0;
  uint8_t reserved[24] = {};
};
static_assert(sizeof(SuperBlock) == 128 && offsetof(SuperBlock, uuid) == 48 && offsetof(SuperBlock, devices) == 86);

struct DeviceSlot {
  char tag[64] = {};  // the layer's digits
  uint32_t blocks = 0;
  uint32_t mapped_block = 0;
  uint8_t reserved[56] = {};
};
static_assert(sizeof(DeviceSlot) == 128);

// The low bits of `format`: one of these; bit 0 stands for the extended form.
enum class DataLayout : uint16_t { flat_plain = 0, flat_inline = 2, chunk_based = 4 };
constexpr uint16_t format_of(DataLayout layout) {
  return static_cast<uint16_t>(static_cast<uint16_t>(layout) << 1 | 1);
}

struct InodeExtended {
  uint16_t format = 0;
  uint16_t xattr_count = 0;  // 0, or one more than the words behind XattrHeader
  uint16_t mode = 0;
  uint16_t reserved = 0;
  uint64_t size = 0;
  uint32_t data = 0;  // flat: first block; chunk-based: kChunkIndexes and the chunk's bits; node: device number
  uint32_t ino = 0;   // where stat(2) has 32 bits
  uint32_t uid = 0;
  uint32_t gid = 0;
  int64_t mtime = 0;
  uint32_t mtime_nsec = 0;
  uint32_t links = 0;
  uint8_t reserved2[16] = {};
};
static_assert(sizeof(InodeExtended) == 64 && offsetof(InodeExtended, mtime) == 32);

constexpr uint32_t kChunkIndexes = 0x20;
constexpr unsigned kMaxChunkBits = 31;       // a chunk has 1 << bits blocks
constexpr uint32_t kNullBlock = UINT32_MAX;  // a chunk of zeros

struct ChunkIndex {
  uint16_t block_high = 0;
  uint16_t device = 0;  // 0: this file; n: the slot n - 1
  uint32_t block = kNullBlock;
};
static_assert(sizeof(ChunkIndex) == 8);

struct XattrHeader {
  uint32_t name_filter = 0;
  uint8_t shared = 0;
  uint8_t reserved[7] = {};
};
static_assert(sizeof(XattrHeader) == 12);

struct XattrEntry {  // then the name without its prefix, the value, and zeros up to a multiple of 4
  uint8_t name_bytes = 0;
  uint8_t prefix = 0;
  uint16_t value_bytes = 0;
};
static_assert(sizeof(XattrEntry) == 4);
// What xattr_count can say.
constexpr size_t kMaxXattrBytes = sizeof(XattrHeader) + 4 * (UINT16_MAX - 1);

// A directory block: Dirents, then the names in their order; a name ends where the next begins, the last one at a zero
// byte or the end of the block. Names ascend by their bytes through all blocks, "." and ".." among them.
struct __attribute__((packed)) Dirent {
  uint64_t nid = 0;
  uint16_t name_offset = 0;
  uint8_t type = 0;
  uint8_t reserved = 0;
};
static_assert(sizeof(Dirent) == 12);

enum FileType : uint8_t {
  kTypeFile = 1,
  kTypeDirectory = 2,
  kTypeCharacter = 3,
  kTypeBlock = 4,
  kTypeFifo = 5,
  kTypeSymlink = 7,
};

}  // namespace minidock::store::erofs
