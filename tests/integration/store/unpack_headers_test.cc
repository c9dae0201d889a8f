// Headers of tar, pax and GNU tar: what is wrong in them ends the import, and every dialect in use is read.
#include "support/unpack_fixture.h"

namespace minidock::store {
namespace {

using UnpackHeaders = UnpackTest;

std::string with_field(const std::string& field, const std::string& text) {
  return TarBuilder().file("a").add({.name = "b", .data = "x", .fields = {{field, text}}}).finish();
}

TEST_F(UnpackHeaders, SizesThatCannotBe) {
  refuse(with_field("size", std::string(12, '\xff')), "archive, after entry a: damaged");
  refuse(with_field("size", base256(0x7fffffffffffffff, 12)), "after entry a");
  refuse(with_field("size", "zzzzzzzzzzz"), "");
  refuse(TarBuilder().pax(pax_record("size", "-5")).file("a").finish(), "archive: damaged");
}

TEST_F(UnpackHeaders, PaxSizeWinsOverTheHeader) {
  const std::string data(1024, 'd');
  const std::string archive =
      TarBuilder().pax(pax_record("size", "1024")).add({.name = "a", .data = data, .size = 3}).file("b").finish();
  EXPECT_EQ(accept(archive).text("a"), data);
  // Where the data is as long as the header says, the next header is not where pax says.
  refuse(TarBuilder().pax(pax_record("size", "1024")).file("a", "abc").file("b").finish(), "");
}

TEST_F(UnpackHeaders, PaxRecordsThatLie) {
  refuse(TarBuilder().pax("999 path=evil\n").file("a").finish(), "archive: damaged");
  refuse(TarBuilder().pax("12 path=evil").file("a").finish(), "archive: damaged");
  refuse(TarBuilder().pax("path=evil\n").file("a").finish(), "archive: damaged");
  refuse(TarBuilder().pax(pax_record("path", "b")).pax(pax_record("path", "c")).file("a").finish(), "archive: damaged");
  refuse(TarBuilder().add({.name = "x", .type = 'x', .size = uint64_t{8} << 30}).file("a").finish(),
         "archive: damaged");
}

TEST_F(UnpackHeaders, AGlobalPathIsPassedOver) {
  const Layer layer = accept(TarBuilder().pax(pax_record("path", "evil"), 'g').file("a").file("b").finish());
  EXPECT_EQ(layer.names(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(UnpackHeaders, DamageAndCuts) {
  const std::string whole = TarBuilder().file("etc/passwd", std::string(2000, 'p')).file("b").finish();
  refuse(whole.substr(0, 512 + 1000), "entry etc/passwd: data cut short");
  refuse(whole.substr(0, 512 + 2048 + 100), "archive, after entry etc/passwd: cut short");
  std::string wrong = whole;
  wrong[0] ^= 1;
  refuse(wrong, "damaged tar archive: the checksum of its first header is wrong");
  wrong = whole;
  wrong[512 + 2048] ^= 1;
  refuse(wrong, "archive, after entry etc/passwd: damaged");
}

TEST_F(UnpackHeaders, EndsOfArchives) {
  const TarBuilder tar = TarBuilder().file("a");
  EXPECT_EQ(accept(tar.finish()).warnings(), "");
  EXPECT_NE(accept(tar.unfinished()).warnings().find("without end-of-archive blocks"), std::string::npos);
  EXPECT_EQ(accept(tar.unfinished() + std::string(512, '\0')).warnings(), "");
  for (const size_t zeros : {512, 1024}) {
    const Layer layer = accept(std::string(zeros, '\0'));
    EXPECT_EQ(layer.result().entries, 0u);
    EXPECT_EQ(layer.result().blob_bytes, zeros);
    EXPECT_TRUE(layer.names().empty());
  }
  refuse("", "not a tar archive: this is an empty file");
  refuse(std::string(100, '\0'), "not a tar archive");
}

TEST_F(UnpackHeaders, WhatFollowsTheEndIsHashedAndNotRead) {
  const std::string archive =
      TarBuilder().file("a").finish() + TarBuilder().file("b").finish() + std::string(5000, 'g');
  const Layer layer = accept(archive);
  EXPECT_EQ(layer.names(), std::vector<std::string>{"a"});
  EXPECT_EQ(layer.result().blob_bytes, archive.size());
  EXPECT_EQ(layer.result().diff_id.digest, oci::sha256(archive));
  // More than a pipe holds.
  EXPECT_EQ(accept(TarBuilder().file("a").finish() + std::string(8 << 20, '\0')).names().size(), 1u);
}

TEST_F(UnpackHeaders, Dialects) {
  const std::string old_gnu("ustar  \0", 8);
  TarBuilder tar;
  tar.add({.name = "v7", .type = '\0', .data = "1", .magic = std::string(8, '\0')});
  tar.add({.name = "v7dir/", .type = '\0', .magic = std::string(8, '\0')});
  tar.add({.name = "gnu", .data = "2", .magic = old_gnu});
  tar.add({.name = "name", .data = "3", .fields = {{"prefix", "in/prefix"}}});
  tar.add({.name = "contiguous", .type = '7', .data = "4"});
  tar.add({.name = "unknown", .type = 'Q', .data = "5"});  // POSIX: read it as a regular file
  const Layer layer = accept(tar.finish());
  EXPECT_EQ(layer.text("v7") + layer.text("gnu") + layer.text("in/prefix/name") + layer.text("contiguous"), "1234");
  EXPECT_EQ(layer.text("unknown"), "5");
  EXPECT_TRUE(layer.is_dir("v7dir"));
}

TEST_F(UnpackHeaders, VolumesAreRefused) {
  refuse(TarBuilder().add({.name = "m", .type = 'M', .data = "x", .magic = std::string("ustar  \0", 8)}).finish(),
         "entry m: it has a type that a root filesystem cannot hold");
}

std::string sparse(const std::string& map, const std::string& real_size, const std::string& data) {
  const std::string head = map + std::string((512 - map.size() % 512) % 512, '\0');
  return TarBuilder()
      .pax(pax_record("GNU.sparse.major", "1") + pax_record("GNU.sparse.minor", "0") +
           pax_record("GNU.sparse.name", "s") + pax_record("GNU.sparse.realsize", real_size))
      .file("GNUSparseFile.0/s", head + data)
      .finish();
}

TEST_F(UnpackHeaders, SparseFiles) {
  const Layer layer = accept(sparse("2\n512\n3\n2000\n3\n", "4096", "abcdef"));
  std::string expected(4096, '\0');
  expected.replace(512, 3, "abc").replace(2000, 3, "def");
  EXPECT_EQ(layer.text("s"), expected);
  EXPECT_EQ(layer.result().content_bytes, 4096u);
}

TEST_F(UnpackHeaders, SparseMapsThatLie) {
  refuse(sparse("99999999999\n", "10", ""), "archive: damaged: Line too long");
  refuse(sparse("1\n0\n1\n", "1152921504606846976", "x"), "entry s: it has 1EiB, the limit for one file is 16GiB");
  refuse(sparse("2\n0\n3\n1\n3\n", "10", "abcdef"),
         "entry s: a piece of its data lies outside the file or over another");
  refuse(sparse("2\n6\n3\n0\n3\n", "10", "abcdef"), "lies outside the file or over another");
  refuse(sparse("1\n100\n3\n", "10", "abc"), "lies outside the file or over another");
}

TEST_F(UnpackHeaders, AMillionSparseRecords) {
  std::string map = "1000000\n";
  for (int i = 0; i < 1'000'000; ++i) map += "0\n0\n";
  EXPECT_EQ(accept(sparse(map, "5", "")).text("s"), std::string(5, '\0'));
}

#if !defined(__SANITIZE_ADDRESS__)  // the limit on memory is lifted there
TEST_F(UnpackHeaders, SparseRecordsThatNeedTooMuchMemory) {
  std::string map = "10000000\n";
  for (int i = 0; i < 10'000'000; ++i) map += "0\n0\n";
  const std::string archive = gzipped(sparse(map, "5", ""), 9);
  EXPECT_LT(archive.size(), 100u << 10);
  refuse(archive, "");
}
#endif

TEST_F(UnpackHeaders, LimitsOfContent) {
  limits_.file_bytes = 10;
  refuse(TarBuilder().file("a", std::string(11, 'a')).finish(), "entry a: it has 11B, the limit for one file is 10B");
  limits_ = {};
  limits_.entries = 2;
  accept(TarBuilder().file("a").file("b").finish());
  refuse(TarBuilder().file("a").file("b").file("c").finish(), "more than 2 entries, the limit for one layer");
  limits_ = {};
  limits_.total_bytes = 4096;
  refuse(TarBuilder().file("a", "a").finish() + std::string(1 << 20, '\0'),
         "the uncompressed archive has more than 4KiB");
}

}  // namespace
}  // namespace minidock::store
