// The writer of EROFS images, looked at byte by byte; that the kernel reads them is the integration tests' business.
#include "store/erofs/writer.h"

#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstring>

#include "base/error.h"
#include "base/file.h"
#include "store/erofs/checksum.h"
#include "store/erofs/chunks.h"
#include "store/erofs/directory_blocks.h"
#include "store/erofs/format.h"
#include "store/erofs/xattr_body.h"

namespace minidock::store::erofs {
namespace {

using testing::ElementsAre;

constexpr std::array<uint8_t, 16> kId = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

std::string image_of(const Tree& tree, const std::vector<Device>& devices = {}) {
  const Fd file(memfd_create("image", MFD_CLOEXEC));
  write_image(tree, devices, kId, file.get());
  EXPECT_EQ(lseek(file.get(), 0, SEEK_SET), 0);
  return read_fd(file.get(), size_t{1} << 30);
}

template <typename Struct>
Struct at(const std::string& bytes, uint64_t place) {
  Struct value;
  memcpy(&value, bytes.data() + place, sizeof value);
  return value;
}

SuperBlock super_of(const std::string& image) {
  return at<SuperBlock>(image, kSuperOffset);
}

// The inode that a directory's first block names.
InodeExtended find_inode(const std::string& image, const std::string& name, uint64_t* place = nullptr) {
  const uint64_t root = super_of(image).root_nid * kSlotBytes;
  const uint64_t block = root + sizeof(InodeExtended);
  const uint16_t count = at<Dirent>(image, block).name_offset / sizeof(Dirent);
  for (uint16_t number = 0; number < count; ++number) {
    const auto dirent = at<Dirent>(image, block + number * sizeof(Dirent));
    if (image.compare(block + dirent.name_offset, name.size(), name) != 0) continue;
    if (place != nullptr) *place = dirent.nid * kSlotBytes;
    return at<InodeExtended>(image, dirent.nid * kSlotBytes);
  }
  ADD_FAILURE() << "no " << name;
  return {};
}

Inode file_inode(uint64_t size, uint64_t position) {
  Inode inode;
  inode.mode = S_IFREG | 0644;
  inode.size = size;
  inode.data = position;
  return inode;
}

TEST(ErofsChecksum, IsThatOfTheKernel) {
  // RFC 3720 B.4: 32 bytes of zeros give aa 36 91 8a, the sum inverted.
  EXPECT_EQ(~crc32c(kChecksumSeed, std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(~crc32c(kChecksumSeed, "123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(crc32c(kChecksumSeed, "1234"), "56789"), crc32c(kChecksumSeed, "123456789"));
}

TEST(ErofsWriter, AnEmptyTree) {
  const std::string image = image_of(Tree());
  const SuperBlock super = super_of(image);
  EXPECT_EQ(image.size(), kDeviceOffset + kBlock);
  EXPECT_EQ(super.magic, kMagic);
  EXPECT_EQ(super.block_bits, 9);
  EXPECT_EQ(super.blocks, image.size() / kBlock);
  EXPECT_EQ(super.inodes, 1U);
  EXPECT_EQ(super.root_nid, kDeviceOffset / kSlotBytes);
  EXPECT_EQ(super.feature_incompat, kIncompatChunkedFile);
  EXPECT_EQ(memcmp(super.uuid, kId.data(), kId.size()), 0);
  EXPECT_EQ(image.substr(0, kSuperOffset), std::string(kSuperOffset, '\0'));
  const auto root = at<InodeExtended>(image, kDeviceOffset);
  EXPECT_EQ(root.format, format_of(DataLayout::flat_inline));
  EXPECT_EQ(root.mode, S_IFDIR | 0755);
  EXPECT_EQ(root.links, 2U);
  EXPECT_EQ(root.size, 2 * sizeof(Dirent) + 3);
}

TEST(ErofsWriter, TheSumIsOfTheBlockWithoutItself) {
  std::string image = image_of(Tree());
  const uint32_t sum = super_of(image).checksum;
  memset(image.data() + kSuperOffset + offsetof(SuperBlock, checksum), 0, sizeof sum);
  EXPECT_EQ(crc32c(kChecksumSeed, image.substr(kSuperOffset, kBlock)), sum);
}

TEST(ErofsWriter, TheSameTreeGivesTheSameBytes) {
  const auto make = [](bool backwards) {
    Tree tree;
    const InodeId inode = tree.add_inode(file_inode(0, 0));
    for (const char* name : {"one", "two"}) {
      tree.put(tree.root(), backwards ? (std::string(name) == "one" ? "two" : "one") : name, inode);
    }
    return image_of(tree);
  };
  EXPECT_EQ(make(false), make(true));
}

TEST(ErofsWriter, AFileInOnePieceIsOneChunkOfItsLayer) {
  Tree tree;
  Inode inode = file_inode(5'000'000'000, 1536);
  inode.layer = 1;
  inode.uid = 70'000;
  inode.gid = 4'294'967'294;
  inode.mtime = 1'600'000'000 * kSecond + 123'456'789;
  tree.put(tree.root(), "big", tree.add_inode(inode));
  const std::string image = image_of(tree, {{"a", 4096, -1}, {std::string(64, 'f'), 6'000'000'000, -1}});
  uint64_t place = 0;
  const InodeExtended raw = find_inode(image, "big", &place);
  EXPECT_EQ(raw.format, format_of(DataLayout::chunk_based));
  EXPECT_EQ(raw.size, 5'000'000'000U);
  EXPECT_EQ(raw.data, kChunkIndexes | 24U);  // 8 GiB
  EXPECT_EQ(raw.uid, 70'000U);
  EXPECT_EQ(raw.gid, 4'294'967'294U);
  EXPECT_EQ(raw.mtime, 1'600'000'000);
  EXPECT_EQ(raw.mtime_nsec, 123'456'789U);
  const auto index = at<ChunkIndex>(image, place + sizeof raw);
  EXPECT_EQ(index.device, 2);
  EXPECT_EQ(index.block, 3U);
  EXPECT_EQ(super_of(image).devices, 2);
  EXPECT_EQ(super_of(image).device_slot * sizeof(DeviceSlot), kDeviceOffset);
  const auto slot = at<DeviceSlot>(image, kDeviceOffset + sizeof(DeviceSlot));
  EXPECT_EQ(std::string(slot.tag, sizeof slot.tag), std::string(64, 'f'));
  EXPECT_EQ(slot.blocks, (6'000'000'000U + 511) / 512);
}

TEST(ErofsWriter, WhatNeedsCopyingIsCopied) {
  const Fd tar(memfd_create("tar", MFD_CLOEXEC));
  write_all(tar.get(), std::string(1024, 't') + "0123456789" + std::string(502, 't'));
  Tree tree;
  Inode inode = file_inode(2000, 0);
  tree.set_extents(inode, {{1000, 1024, 10}});
  tree.put(tree.root(), "sparse", tree.add_inode(inode));
  const std::string image = image_of(tree, {{"a", 1536, tar.get()}});
  uint64_t place = 0;
  const InodeExtended raw = find_inode(image, "sparse", &place);
  const uint64_t chunk = kBlock << (raw.data & 31);
  const auto index = at<ChunkIndex>(image, place + sizeof raw + 1000 / chunk * sizeof(ChunkIndex));
  EXPECT_EQ(index.device, 0);
  ASSERT_NE(index.block, kNullBlock);
  EXPECT_EQ(image.substr(index.block * kBlock + 1000 % chunk, 11), std::string("0123456789\0", 11));
  // A tar that has lost its end is found out.
  EXPECT_EQ(ftruncate(tar.get(), 1030), 0);
  EXPECT_THROW(image_of(tree, {{"a", 1536, tar.get()}}), Error);
}

TEST(ErofsWriter, LinksAndNodes) {
  Tree tree;
  const InodeId file = tree.add_inode(file_inode(0, 0));
  tree.put(tree.root(), "a", file);
  tree.put(tree.root(), "b", file);
  Inode device;
  device.mode = S_IFCHR | 0600;
  device.data = encoded_device(makedev(5, 70'000));
  tree.put(tree.root(), "node", tree.add_inode(device));
  Inode directory;
  directory.mode = S_IFDIR | 01777;
  tree.put(tree.root(), "tmp", tree.add_inode(directory));
  const std::string image = image_of(tree);
  EXPECT_EQ(find_inode(image, "a").links, 2U);
  EXPECT_EQ(find_inode(image, "a").ino, find_inode(image, "b").ino);
  EXPECT_EQ(find_inode(image, "node").data, 0x11100570U);  // 70000 is 0x11170: its low byte, the major, the rest
  EXPECT_EQ(find_inode(image, "tmp").links, 2U);
  EXPECT_EQ(super_of(image).inodes, 4U);
  EXPECT_EQ(at<InodeExtended>(image, kDeviceOffset).links, 3U);
}

TEST(ErofsWriter, ADataTailNeverCrossesABlock) {
  for (size_t length = 1; length < 1100; length += 7) {
    Tree tree;
    for (const char* name : {"x", "y", "z"}) {
      Inode link;
      link.mode = S_IFLNK | 0777;
      tree.set_target(link, std::string(length, *name));
      tree.put(tree.root(), name, tree.add_inode(link));
    }
    const std::string image = image_of(tree);
    for (const char* name : {"x", "y", "z"}) {
      uint64_t place = 0;
      const InodeExtended raw = find_inode(image, name, &place);
      ASSERT_EQ(raw.size, length);
      const uint64_t tail = raw.format == format_of(DataLayout::flat_inline) ? length % kBlock : 0;
      const uint64_t begin = place + sizeof raw;
      EXPECT_LE(begin % kBlock + tail, kBlock);
      EXPECT_EQ(image.substr(begin, tail), std::string(tail, *name));
      if (tail == length) continue;
      EXPECT_EQ(image.substr(raw.data * kBlock, length - tail), std::string(length - tail, *name));
    }
  }
}

// What comes of `add`, which adds names.
std::string directory_of(const std::function<void(DirectoryBlocks&)>& add) {
  std::string bytes;
  const std::function<void(std::string_view)> full = [&bytes](std::string_view block) {
    EXPECT_EQ(block.size(), kBlock);
    bytes += block;
  };
  DirectoryBlocks blocks(full);
  add(blocks);
  return bytes += blocks.finish();
}

TEST(ErofsDirectory, SizeAndBlocksAgree) {
  DirectorySize size;
  const std::string bytes = directory_of([&size](DirectoryBlocks& blocks) {
    for (int number = 0; number < 1000; ++number) {
      const std::string name(static_cast<size_t>(1 + number % 255), static_cast<char>('a' + number % 26));
      size.add(name);
      blocks.add(name, 7, kTypeFile);
    }
  });
  EXPECT_EQ(bytes.size(), size.bytes());
}

TEST(ErofsDirectory, TheLongestName) {
  const std::string bytes = directory_of([](DirectoryBlocks& blocks) {
    for (const char* letter : {"a", "b", "c"}) blocks.add(std::string(255, *letter), 1, kTypeFile);
  });
  EXPECT_EQ(bytes.size(), 2 * kBlock + sizeof(Dirent) + 255);
  EXPECT_EQ(at<Dirent>(bytes, kBlock).name_offset, sizeof(Dirent));
  EXPECT_EQ(bytes.substr(kBlock + sizeof(Dirent), 256), std::string(255, 'b') + '\0');
}

TEST(ErofsXattrs, AreLaidOutInWords) {
  const std::string body = xattr_body({{"user.a", "xyz"}, {"system.posix_acl_access", "1234"}});
  EXPECT_EQ(body, std::string(12, '\0') +
                      std::string("\x01\x01\x03\x00"
                                  "axyz",
                                  8) +
                      std::string("\x00\x02\x04\x00"
                                  "1234",
                                  8));
  EXPECT_EQ(xattr_count(body.size()), 5);
  EXPECT_EQ(xattr_body({}), "");
  EXPECT_EQ(xattr_count(0), 0);
  EXPECT_THROW(xattr_body({{"other.a", "x"}}), Error);
  EXPECT_THROW(xattr_body({{"user.a", std::string(65'536, 'x')}}), Error);
  const std::string large(60'000, 'x');
  EXPECT_NO_THROW(xattr_body({{"user.a", large}, {"user.b", large}, {"user.c", large}, {"user.d", large}}));
  EXPECT_THROW(
      xattr_body({{"user.a", large}, {"user.b", large}, {"user.c", large}, {"user.d", large}, {"user.e", large}}),
      Error);
}

TEST(ErofsChunks, OnePieceIsOneChunk) {
  for (const uint64_t size : {1ULL, 512ULL, 513ULL, 1ULL << 20, (16ULL << 30)}) {
    const Extent whole{0, 512, size};
    const ChunkPlan plan = plan_chunks(size, {&whole, 1});
    EXPECT_THAT(plan.chunks, ElementsAre(Chunk{Chunk::Kind::tar, 1}));
    EXPECT_GE(plan.chunk_bytes(), size);
  }
  EXPECT_TRUE(plan_chunks(0, {}).chunks.empty());
}

TEST(ErofsChunks, NothingButAHole) {
  const ChunkPlan plan = plan_chunks(16ULL << 30, {});
  EXPECT_THAT(plan.chunks, ElementsAre(Chunk{Chunk::Kind::hole, 0}));
}

TEST(ErofsChunks, HolesBetweenAlignedPieces) {
  const std::vector<Extent> extents = {{0, 1024, 4096}, {12288, 5120, 100}};
  const ChunkPlan plan = plan_chunks(12388, extents);
  EXPECT_EQ(plan.chunk_bytes(), 4096U);
  EXPECT_THAT(plan.chunks, ElementsAre(Chunk{Chunk::Kind::tar, 2}, Chunk{}, Chunk{}, Chunk{Chunk::Kind::tar, 10}));
  EXPECT_EQ(plan.copies(), 0U);
}

TEST(ErofsChunks, WhatIsNotAlignedIsCopied) {
  const Extent odd{0, 100, 3000};
  EXPECT_EQ(plan_chunks(3000, {&odd, 1}).copies(), plan_chunks(3000, {&odd, 1}).chunks.size());
  const std::vector<Extent> short_pieces = {{0, 512, 10}, {600, 1024, 10}};
  const ChunkPlan plan = plan_chunks(1 << 20, short_pieces);
  EXPECT_GE(plan.copies(), 1U);
  for (const Chunk& chunk : plan.chunks) EXPECT_NE(chunk.kind, Chunk::Kind::tar);
}

// A large, sparse file costs neither many indexes nor much copying.
TEST(ErofsChunks, ALargeHoleIsCheap) {
  const std::vector<Extent> extents = {{7ULL << 30, 512, 4096}, {(8ULL << 30) - 1, 5120, 1}};
  const ChunkPlan plan = plan_chunks(16ULL << 30, extents);
  EXPECT_LE(plan.chunks.size() * sizeof(ChunkIndex) + plan.copies() * plan.chunk_bytes(), 4U << 20);
}

}  // namespace
}  // namespace minidock::store::erofs
