#include "store/archive/decompress.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "support/tar_builder.h"

namespace minidock::store {
namespace {

// Everything that the stream of `bytes` holds, read in pieces of `step`.
std::string unpacked(std::string_view bytes, size_t step) {
  char name[] = "/tmp/minidock-decompress-XXXXXX";
  const Fd fd(mkostemp(name, O_CLOEXEC));
  discard_file(AT_FDCWD, name);
  write_all(fd.get(), bytes);
  lseek(fd.get(), 0, SEEK_SET);
  Input input(fd.get(), {});
  const std::unique_ptr<Decompressor> source = open_decompressor(input);
  std::string all;
  std::string piece(step, '\0');
  while (const size_t got = source->read(piece.data(), piece.size())) all.append(piece, 0, got);
  EXPECT_EQ(source->used(), bytes.size());
  return all;
}

std::string failure(std::string_view bytes) {
  try {
    unpacked(bytes, 4096);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

const std::string kTar = TarBuilder().file("a", std::string(300'000, 'a')).file("b", "end").finish();

TEST(Decompress, EveryFormInAnyStep) {
  for (const size_t step : {1000, 65536, 1 << 20}) {
    EXPECT_EQ(unpacked(kTar, step), kTar);
    EXPECT_EQ(unpacked(gzipped(kTar), step), kTar);
    EXPECT_EQ(unpacked(zstd_packed(kTar), step), kTar);
    EXPECT_EQ(unpacked(xz_packed(kTar), step), kTar);
    EXPECT_EQ(unpacked(bzip2_packed(kTar), step), kTar);
  }
}

TEST(Decompress, EveryCutOfAGzipFileIsSeen) {
  const std::string small = gzipped(TarBuilder().file("a").finish());
  for (size_t size = 2; size < small.size(); ++size) EXPECT_NE(failure(small.substr(0, size)), "") << size;
  EXPECT_EQ(failure(small), "");
}

TEST(Decompress, EveryCutOfAZstdOrXzFileIsSeen) {
  const std::string tar = TarBuilder().file("a").finish();
  for (const std::string& small : {zstd_packed(tar), xz_packed(tar)}) {
    for (size_t size = 6; size < small.size(); ++size) EXPECT_NE(failure(small.substr(0, size)), "") << size;
    EXPECT_EQ(failure(small), "");
  }
}

TEST(Decompress, EveryFlippedByteOfAGzipMemberIsSeen) {
  const std::string tar = TarBuilder().file("a").finish();
  const std::string small = gzipped(tar);
  for (size_t at = 10; at < small.size(); ++at) {  // the header before it has time and system, which mean nothing
    std::string wrong = small;
    wrong[at] ^= 1;
    // Some bits pad the deflate stream: a flip there may pass, if it changes nothing.
    if (!failure(wrong).empty()) continue;
    EXPECT_EQ(unpacked(wrong, 4096), tar) << at;
  }
}

TEST(Decompress, GarbageBehindTheEnd) {
  for (const std::string& packed : {gzipped(kTar), zstd_packed(kTar), xz_packed(kTar), bzip2_packed(kTar)}) {
    EXPECT_NE(failure(packed + "garbage!"), "");
    EXPECT_NE(failure(packed + std::string(4, 'B')), "");
  }
}

TEST(Decompress, ProgressCountsTheCompressedBytes) {
  char name[] = "/tmp/minidock-decompress-XXXXXX";
  const Fd fd(mkostemp(name, O_CLOEXEC));
  discard_file(AT_FDCWD, name);
  const std::string packed = gzipped(kTar);
  write_all(fd.get(), packed);
  lseek(fd.get(), 0, SEEK_SET);
  uint64_t last = 0;
  Input input(fd.get(), [&](uint64_t done, uint64_t total) {
    EXPECT_EQ(total, packed.size());
    EXPECT_GE(done, last);
    last = done;
  });
  const std::unique_ptr<Decompressor> source = open_decompressor(input);
  std::string piece(1 << 16, '\0');
  while (source->read(piece.data(), piece.size()) > 0) {
  }
  EXPECT_EQ(last, packed.size());
}

// Both readers of gzip, the one that is chosen and the other: what does one say of a stream?
using OpenGzip = std::unique_ptr<Decompressor> (*)(Input&);

std::string said_of(OpenGzip open, std::string_view bytes, size_t step) {
  char name[] = "/tmp/minidock-decompress-XXXXXX";
  const Fd fd(mkostemp(name, O_CLOEXEC));
  discard_file(AT_FDCWD, name);
  write_all(fd.get(), bytes);
  Input input(fd.get(), {}, FileRange{0, bytes.size()});
  try {
    const std::unique_ptr<Decompressor> source = open(input);
    std::string all, piece(step, '\0');
    while (const size_t got = source->read(piece.data(), piece.size())) all.append(piece, 0, got);
    EXPECT_EQ(source->used(), bytes.size());
    return all;
  } catch (const Error& error) {
    return cat("refused: ", static_cast<int>(error.kind()));
  }
}

TEST(Decompress, BothReadersOfGzipAgree) {
  {
    Input nothing(0, {}, FileRange{0, 0});
    if (!try_open_isal_decompressor(nothing)) GTEST_SKIP() << "libisal is not installed";
  }
  std::string random;
  for (uint32_t i = 0, state = 1; i < 200'000; ++i)
    random += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  const std::string small = gzipped("small text, small text", 9, "name");
  const std::string twice = gzipped(random.substr(0, 70'000)) + gzipped(std::string(500'000, 'x'), 1);
  std::vector<std::string> streams = {gzipped(random),
                                      gzipped(random, 0),
                                      gzipped(""),
                                      twice,
                                      small + "garbage",
                                      small + std::string(1, '\x1f'),
                                      gzipped("x", 6, std::string(300'000, 'n')),
                                      gzipped("x", 6, std::string(2 << 20, 'n'))};
  for (size_t size = 2; size < small.size(); ++size) streams.push_back(small.substr(0, size));
  for (size_t at = 10; at < small.size(); ++at) {
    streams.push_back(small);
    streams.back()[at] = static_cast<char>(streams.back()[at] ^ 0x10);
  }
  for (const std::string& stream : streams) {
    for (const size_t step : {1, 1000, 1 << 20}) {
      if (step == 1 && stream.size() > 1000) continue;
      EXPECT_EQ(said_of(try_open_isal_decompressor, stream, step), said_of(open_zlib_decompressor, stream, step));
    }
  }
}

TEST(Decompress, ARangeEndsWhereItSays) {
  const std::string packed = gzipped(kTar);
  char name[] = "/tmp/minidock-decompress-XXXXXX";
  const Fd fd(mkostemp(name, O_CLOEXEC));
  discard_file(AT_FDCWD, name);
  write_all(fd.get(), "before" + packed + "behind");
  Input input(fd.get(), {}, FileRange{6, packed.size()});
  oci::Hasher hasher;
  input.watch(hasher);
  const std::unique_ptr<Decompressor> source = open_decompressor(input);
  std::string all(kTar.size() + 1, '\0');
  size_t have = 0;
  while (const size_t got = source->read(all.data() + have, all.size() - have)) have += got;
  EXPECT_EQ(all.substr(0, have), kTar);
  EXPECT_EQ(hasher.finish(), oci::sha256(packed));
  Input cut(fd.get(), {}, FileRange{6, packed.size() + 100});
  EXPECT_THROW(while (!cut.next().empty()){}, Error);
}

}  // namespace
}  // namespace minidock::store
