// Compressed archives: one level of gzip, zstd, xz or bzip2, whole and with every check right.
#include "support/unpack_fixture.h"

namespace minidock::store {
namespace {

class UnpackCompression : public UnpackTest {
 protected:
  const std::string tar_ = TarBuilder().file("a", std::string(100'000, 'a')).file("b", "bb").finish();

  void accept_tar(const std::string& archive) {
    const Layer layer = accept(archive);
    EXPECT_EQ(layer.text("b"), "bb");
    EXPECT_EQ(layer.result().diff_id.digest, oci::sha256(tar_));
    EXPECT_EQ(layer.result().blob_bytes, tar_.size());
  }
};

std::string flipped(std::string data, size_t at) {
  data[at] ^= 0x10;
  return data;
}

TEST_F(UnpackCompression, EveryForm) {
  accept_tar(tar_);
  accept_tar(gzipped(tar_));
  accept_tar(zstd_packed(tar_));
  accept_tar(xz_packed(tar_));
  accept_tar(bzip2_packed(tar_));
}

TEST_F(UnpackCompression, MembersAndFramesAddUp) {
  const size_t half = 50'000;
  accept_tar(gzipped(tar_.substr(0, half)) + gzipped(tar_.substr(half)));
  accept_tar(gzipped("") + gzipped(tar_));
  accept_tar(zstd_packed(tar_.substr(0, half)) + zstd_packed(tar_.substr(half)));
  const std::string skipped("\x50\x2a\x4d\x18\x04\x00\x00\x00skip", 12);
  accept_tar(skipped + zstd_packed(tar_.substr(0, half)) + skipped + zstd_packed(tar_.substr(half)) + skipped);
  refuse(zstd_packed(tar_) + skipped.substr(0, 10), "zstd data cut short");
  accept_tar(bzip2_packed(tar_.substr(0, half)) + bzip2_packed(tar_.substr(half)));
  accept_tar(xz_packed(tar_.substr(0, half)) + xz_packed(tar_.substr(half)));
}

TEST_F(UnpackCompression, GarbageBehindTheEnd) {
  refuse(gzipped(tar_) + "garbage", "garbage behind the end of the gzip data");
  refuse(gzipped(tar_) + std::string(1000, '\0'), "garbage behind the end of the gzip data");
  refuse(gzipped(tar_) + "\x1f\x8b", "gzip data");
  refuse(zstd_packed(tar_) + "garbage", "garbage behind the end of the zstd data");
  refuse(zstd_packed(tar_) + "g", "garbage behind the end of the zstd data");
  refuse(zstd_packed(tar_) + std::string(1000, '\0'), "garbage behind the end of the zstd data");
  refuse(xz_packed(tar_) + "garbage!", "xz data");
  refuse(bzip2_packed(tar_) + "garbage", "garbage behind the end of the bzip2 data");
}

TEST_F(UnpackCompression, ChecksOfGzip) {
  const std::string good = gzipped(tar_);
  refuse(flipped(good, good.size() - 8), "damaged gzip data: incorrect data check");
  // Not every reader of gzip tells the two apart.
  refuse(flipped(good, good.size() - 4), "damaged gzip data: incorrect ");
  const std::string stored = gzipped(tar_, 0);
  refuse(flipped(stored, 600), "damaged gzip data");
  refuse(flipped(stored, stored.size() / 2), "damaged gzip data: incorrect data check");
  refuse(gzipped(tar_.substr(0, 1024)).substr(0, 40), "gzip data cut short");
  refuse(good.substr(0, good.size() - 4), "gzip data cut short");
  refuse(good.substr(0, good.size() / 2), "gzip data cut short");
}

TEST_F(UnpackCompression, HeadersOfGzipAreBounded) {
  accept_tar(gzipped(tar_, 6, std::string(300 << 10, 'n')));
  refuse(gzipped(tar_, 6, std::string(2 << 20, 'n')), "the header of a member is over 1048576 bytes");
}

TEST_F(UnpackCompression, ChecksOfTheOthers) {
  const std::string zstd = zstd_packed(tar_);
  refuse(zstd.substr(0, zstd.size() - 3), "zstd data cut short");
  refuse(flipped(zstd, zstd.size() - 2), "zstd data");
  const std::string xz = xz_packed(tar_);
  refuse(xz.substr(0, xz.size() / 2), "xz data cut short");
  refuse(xz.substr(0, xz.size() - 6), "xz data cut short");
  refuse(flipped(xz, xz.size() / 2), "xz data");
  const std::string bzip2 = bzip2_packed(tar_);
  refuse(bzip2.substr(0, bzip2.size() - 5), "bzip2 data cut short");
  refuse(flipped(bzip2, bzip2.size() - 3), "bzip2 data");
  refuse(flipped(bzip2, 12), "bzip2 data");
}

TEST_F(UnpackCompression, AWindowTooLarge) {
  const std::string noise = TarBuilder().file("a", std::string(64 << 10, 'a')).finish();
  refuse(zstd_packed(noise, 31), "zstd data that needs a window of more than 128 MiB, the limit");
  refuse(zstd_packed(noise, 28), "zstd data that needs a window of more than 128 MiB, the limit");
  refuse(zstd_packed(noise) + zstd_packed(noise, 28), "zstd data that needs a window");
  EXPECT_EQ(accept(zstd_packed(noise, 27)).result().blob_bytes, noise.size());
  refuse(xz_packed(noise, 160U << 20), "xz data that needs a window of more than 128 MiB, the limit");
  EXPECT_EQ(accept(xz_packed(noise, 64U << 20)).result().blob_bytes, noise.size());
}

TEST_F(UnpackCompression, OneLevelOnly) {
  refuse(gzipped(gzipped(tar_)), "compressed more than once: what was unpacked is a gzip file");
  refuse(zstd_packed(zstd_packed(tar_)), "compressed more than once");
  refuse(xz_packed(gzipped(tar_)), "compressed more than once: what was unpacked is a gzip file");
  refuse(bzip2_packed(bzip2_packed(tar_)), "compressed more than once");
  std::string deep = tar_;
  for (int i = 0; i < 30; ++i) deep = gzipped(deep);
  refuse(deep, "compressed more than once");
  refuse(gzipped("PK\3\4 and so on"), "not a tar archive: this is a zip file");
  refuse(gzipped(""), "not a tar archive: this is an empty file");
  refuse(zstd_packed(""), "not a tar archive: this is an empty file");
}

TEST_F(UnpackCompression, GrowthIsLimited) {
  const std::string bomb = gzipped(TarBuilder().file("zeros", std::string(66 << 20, '\0')).finish(), 9);
  refuse(bomb, "the archive grows more than 1000 times when uncompressed");
  const std::string small = gzipped(TarBuilder().file("zeros", std::string(4 << 20, '\0')).finish(), 9);
  EXPECT_EQ(accept(small).result().content_bytes, uint64_t{4} << 20);
  limits_.expansion_floor = uint64_t{1} << 20;
  limits_.expansion_ratio = 500;
  refuse(small, "the archive grows more than 500 times when uncompressed");
}

}  // namespace
}  // namespace minidock::store
