#include "store/archive/tar_writer.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#include "base/error.h"
#include "base/file.h"
#include "store/archive/tar_reader.h"
#include "support/tar_builder.h"

namespace minidock::store {
namespace {

std::string written(const Entry& entry, std::string_view data = {}) {
  std::string out;
  TarWriter writer([&](std::string_view bytes) { out += bytes; });
  writer.add(entry);
  writer.write(data);
  writer.finish();
  EXPECT_EQ(writer.bytes(), out.size());
  EXPECT_EQ(out.size() % 512, 0U);
  return out;
}

Entry file(const std::string& path, uint64_t size = 0) {
  Entry entry;
  entry.path = path;
  entry.mode = 0644;
  entry.size = size;
  return entry;
}

// What our own reader makes of it.
Entry read_back(const std::string& archive, std::string* data = nullptr) {
  const Fd fd(memfd_create("archive", MFD_CLOEXEC));
  write_all(fd.get(), archive);
  lseek(fd.get(), 0, SEEK_SET);
  const UnpackLimits limits;
  TarReader reader(fd.get(), limits);
  std::optional<Entry> entry = reader.next();
  EXPECT_TRUE(entry);
  if (data != nullptr) {
    while (const auto block = reader.next_block()) data->append(block->bytes);
  }
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.has_end_mark());
  return *entry;
}

TEST(TarWriter, IsWhatATarProgramWrites) {
  Entry entry = file("etc/motd", 5);
  entry.uid = 1000;
  entry.gid = 100;
  entry.mtime = 1'600'000'000 * kSecond;
  TarEntry same;
  same.name = "etc/motd";
  same.data = "hello";
  same.uid = 1000;
  same.gid = 100;
  EXPECT_EQ(written(entry, "hello").substr(0, 100), TarBuilder().add(same).finish().substr(0, 100));
  std::string data;
  const Entry back = read_back(written(entry, "hello"), &data);
  EXPECT_EQ(back.path, "etc/motd");
  EXPECT_EQ(back.mode, 0644U);
  EXPECT_EQ(back.uid, 1000U);
  EXPECT_EQ(back.gid, 100U);
  EXPECT_EQ(back.mtime, entry.mtime);
  EXPECT_EQ(data, "hello");
}

TEST(TarWriter, WhatAHeaderCannotHold) {
  Entry entry = file(std::string(150, 'd') + "/" + std::string(200, 'n'));
  entry.uid = entry.gid = 4'000'000'000;
  entry.mtime = 1'600'000'000 * kSecond + 5;
  entry.xattrs = {{"user.a", std::string("x\0\n=", 4)}};
  const Entry back = read_back(written(entry));
  EXPECT_EQ(back.path, entry.path);
  EXPECT_EQ(back.uid, 4'000'000'000U);
  EXPECT_EQ(back.gid, 4'000'000'000U);
  EXPECT_EQ(back.mtime, entry.mtime);
  ASSERT_EQ(back.xattrs.size(), 1U);
  EXPECT_EQ(back.xattrs[0].value, entry.xattrs[0].value);
}

TEST(TarWriter, LengthOfARecordCountsItself) {
  // Around the lengths where a record's own length gets a digit more.
  for (size_t size = 80; size < 110; ++size) {
    Entry entry = file("f");
    entry.xattrs = {{"user.a", std::string(size, 'v')}};
    const Entry back = read_back(written(entry));
    ASSERT_EQ(back.xattrs.size(), 1U) << size;
    EXPECT_EQ(back.xattrs[0].value.size(), size);
  }
}

TEST(TarWriter, NamesAreBytes) {
  for (const std::string& name : {std::string("a\nb"), std::string("\xff\xfe"), "\xff" + std::string(200, 'x'),
                                  std::string("\xc3\xa4"), "\xc3\xa4" + std::string(200, 'x')}) {
    EXPECT_EQ(read_back(written(file(name))).path, name);
  }
}

TEST(TarWriter, Kinds) {
  Entry entry = file("x");
  entry.type = EntryType::symlink;
  entry.target = std::string(300, 't');
  EXPECT_EQ(read_back(written(entry)).target, entry.target);
  entry.type = EntryType::hardlink;
  entry.target = "other";
  EXPECT_EQ(read_back(written(entry)).type, EntryType::hardlink);
  entry.target.clear();
  entry.type = EntryType::directory;
  EXPECT_EQ(read_back(written(entry)).type, EntryType::directory);
  entry.type = EntryType::block_device;
  entry.device = makedev(8, 300);
  EXPECT_EQ(read_back(written(entry)).device, entry.device);
  entry.type = EntryType::fifo;
  entry.device = 0;
  EXPECT_EQ(read_back(written(entry)).type, EntryType::fifo);
}

TEST(TarWriter, AFileThatShrankIsFilledWithZeros) {
  std::string data;
  read_back(written(file("f", 1000), "short"), &data);
  EXPECT_EQ(data, "short" + std::string(995, '\0'));
}

TEST(TarWriter, AFileThatGrewIsRefused) {
  EXPECT_THROW(written(file("f", 3), "longer"), Error);
}

}  // namespace
}  // namespace minidock::store
