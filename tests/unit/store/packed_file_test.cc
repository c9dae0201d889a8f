#include "store/archive/packed_file.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/packed.h"

namespace minidock::store {
namespace {

Fd file_of(std::string_view bytes) {
  Fd file(memfd_create("file", MFD_CLOEXEC));
  write_all(file.get(), bytes);
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string read_back(std::string_view bytes) {
  return content_of(file_of(bytes).get());
}

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += cat("{\"path\":\"usr/share/", i, "\",\"sha256\":\"", i * 7919, "\"}\n");
  return text;
}

TEST(PackedFile, GivesBackWhatWasWritten) {
  for (const int count : {0, 1, 100'000}) EXPECT_EQ(read_back(packed(lines(count))), lines(count)) << count;
  EXPECT_LT(packed(lines(100'000)).size(), lines(100'000).size() / 4);
}

TEST(PackedFile, HowItIsWrittenDoesNotMatter) {
  const std::string text = lines(20'000);
  const Fd file(memfd_create("file", MFD_CLOEXEC));
  PackedWriter writer(file.get(), "it");
  for (size_t at = 0; at < text.size(); at += 777) writer.write(std::string_view(text).substr(at, 777));
  writer.finish();
  lseek(file.get(), 0, SEEK_SET);
  EXPECT_EQ(read_fd(file.get(), 64 << 20), packed(text));
}

TEST(PackedFile, WhatAnOlderOneLeftPlain) {
  EXPECT_EQ(read_back(""), "");
  EXPECT_EQ(read_back("{}"), "{}");
  EXPECT_EQ(read_back(lines(50'000)), lines(50'000));
  const Fd plain = file_of(lines(9)), small = file_of(packed(lines(9)));
  EXPECT_EQ(hash_content(plain.get()), hash_content(small.get()));
}

// Some bits of a frame's head say how it is to be read, and more than one value may do.
TEST(PackedFile, EveryChangeIsFoundOrChangesNothing) {
  const std::string good = packed(lines(30));
  int found = 0;
  const auto try_one = [&](std::string_view bytes) {
    try {
      EXPECT_EQ(read_back(bytes), lines(30));
    } catch (const Error& error) {
      EXPECT_TRUE(error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::exhausted) << error.what();
      ++found;
    }
  };
  for (size_t at = 4; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    try_one(bad);
  }
  EXPECT_GE(found, static_cast<int>(good.size()) - 8);
  found = 0;
  for (size_t size = 4; size < good.size(); ++size) try_one(good.substr(0, size));
  EXPECT_EQ(found, static_cast<int>(good.size()) - 4);
  EXPECT_THROW(read_back(good + "x"), Error);
}

TEST(PackedFile, AFullDiskIsToldOf) {
  const Fd full = open_file(AT_FDCWD, "/dev/full", O_WRONLY);
  PackedWriter writer(full.get(), "the layer's index");
  try {
    writer.write(lines(10));
    writer.finish();
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "write the layer's index: write: No space left on device");
    EXPECT_EQ(error.kind(), ErrorKind::exhausted);
  }
}

}  // namespace
}  // namespace minidock::store
