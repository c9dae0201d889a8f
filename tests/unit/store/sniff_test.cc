#include "store/archive/sniff.h"

#include <gtest/gtest.h>

#include "support/tar_builder.h"

namespace minidock::store {
namespace {

TEST(Sniff, KnowsWhatItReads) {
  const std::string tar = TarBuilder().file("a").finish();
  EXPECT_EQ(sniff(tar), ArchiveKind::tar);
  EXPECT_EQ(sniff(gzipped(tar)), ArchiveKind::gzip);
  EXPECT_EQ(sniff(zstd_packed(tar)), ArchiveKind::zstd);
  EXPECT_EQ(sniff(xz_packed(tar)), ArchiveKind::xz);
  EXPECT_EQ(sniff(bzip2_packed(tar)), ArchiveKind::bzip2);
  EXPECT_EQ(sniff(std::string("\x5a\x2a\x4d\x18\0\0\0\0", 8)), ArchiveKind::zstd);  // a skippable frame
  EXPECT_EQ(sniff(""), ArchiveKind::empty);
  EXPECT_EQ(sniff(std::string(512, '\0')), ArchiveKind::tar);
  EXPECT_EQ(sniff(std::string(511, '\0')), ArchiveKind::unknown);
}

TEST(Sniff, TheChecksumDecides) {
  std::string tar = TarBuilder().file("PK\3\4.txt").finish();
  EXPECT_EQ(sniff(tar), ArchiveKind::tar);  // though it begins as a zip file does
  tar[20] ^= 1;
  EXPECT_EQ(sniff(tar), ArchiveKind::unsupported);
  std::string damaged = TarBuilder().file("a").finish();
  damaged[20] ^= 1;
  EXPECT_EQ(sniff(damaged), ArchiveKind::damaged_tar);
}

TEST(Sniff, OldChecksumsOfSignedBytes) {
  std::string header = tar_header({.name = "\xff\xff"});
  EXPECT_TRUE(has_tar_checksum(header));
  // 0xff counts 255 unsigned and -1 signed: 512 less for the two.
  const unsigned sum = static_cast<unsigned>(std::stoul(header.substr(148, 6), nullptr, 8)) - 512;
  char digits[8];
  std::snprintf(digits, sizeof digits, "%06o", sum);
  header.replace(148, 6, digits);
  EXPECT_TRUE(has_tar_checksum(header));
  header.replace(148, 6, "000000");
  EXPECT_FALSE(has_tar_checksum(header));
  EXPECT_FALSE(has_tar_checksum(header.substr(0, 100)));
}

TEST(Sniff, MessagesSayWhatItIsAndWhatToDo) {
  EXPECT_EQ(not_a_tar_message("PK\3\4").find("not a tar archive: this is a zip file; make a root filesystem archive"),
            0u);
  EXPECT_EQ(not_a_tar_message("").find("not a tar archive: this is an empty file; "), 0u);
  EXPECT_EQ(not_a_tar_message("words").find("not a tar archive: this is of no known format; "), 0u);
  EXPECT_NE(not_a_tar_message("").find("docker export"), std::string::npos);
}

}  // namespace
}  // namespace minidock::store
