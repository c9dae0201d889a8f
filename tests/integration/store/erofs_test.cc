// EROFS images as the kernel shows them, beside the same layers unpacked.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "support/erofs_fixture.h"
#include "support/unpack_fixture.h"

namespace minidock::store {
namespace {

class Erofs : public ErofsTest {
 protected:
  void SetUp() override { require_erofs(); }
};

TEST_F(Erofs, OneLayerWithAllThereIs) {
  TarBuilder tar;
  tar.directory("etc", 0750).file("etc/passwd", "root:x:0:0").file("etc/empty", "").directory("empty");
  tar.symlink("bin", "usr/bin").symlink("long", std::string(600, 'l')).symlink("longest", std::string(4095, 'x'));
  tar.hardlink("etc/shadow", "etc/passwd").hardlink("link", "bin");
  tar.node("null", '3', 1, 3).node("disk", '4', 259, 70'000).node("pipe", '6', 0, 0).node("block", '4', 0, 0);
  tar.add({.name = "suid", .data = std::string(100'000, 's'), .mode = 06755, .uid = 70'000, .gid = 2'000'000'000});
  tar.pax(pax_record("mtime", "1234567890.987654321")).file("nanoseconds");
  tar.pax(pax_record("mtime", "-100")).file("before_1970");
  tar.pax(pax_record("mtime", "99999999999")).file("far_away");
  tar.pax(pax_record("path", std::string(255, 'n'))).file("x");
  tar.file("usr/share/deep/file").file("new\nline").file("\xff\xfe").file("-").file("!before_the_dots");
  ASSERT_EQ(add_layer(tar.finish()), "");
  expect_same();
}

TEST_F(Erofs, ExtendedAttributes) {
  const std::string capability("\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  const std::string none("\xff\xff\xff\xff", 4);
  const std::string acl = std::string("\x02\0\0\0", 4) + std::string("\x01\0\x07\0", 4) + none +
                          std::string("\x02\0\x05\0\xe8\x03\0\0", 8) + std::string("\x04\0\x05\0", 4) + none +
                          std::string("\x10\0\x05\0", 4) + none + std::string("\x20\0\x04\0", 4) + none;
  const auto xattr = [](const std::string& key, const std::string& value) {
    return pax_record("SCHILY.xattr." + key, value);
  };
  TarBuilder tar;
  tar.pax(xattr("user.small", "value") + xattr("user.empty", "") + xattr("user." + std::string(250, 'n'), "long name"));
  tar.file("several", std::string(700, 'd'));
  tar.pax(xattr("user.large", std::string(3000, 'L'))).file("large");
  tar.pax(xattr("security.capability", capability)).file("ping");
  tar.pax(xattr("system.posix_acl_access", acl)).file("acl");
  tar.pax(xattr("system.posix_acl_access", acl) + xattr("system.posix_acl_default", acl)).directory("d");
  tar.file("d/inherits_nothing");
  tar.pax(xattr("trusted.overlay.opaque", "y") + xattr("security.selinux", "label")).directory("dropped");
  tar.pax(xattr("user.one", "1")).directory("twice").pax(xattr("user.two", "2")).directory("twice");
  ASSERT_EQ(add_layer(tar.finish()), "");
  expect_same();
}

// No file system of ours takes so much, so there is nothing to compare with.
TEST_F(Erofs, MoreAttributesThanABlock) {
  TarBuilder tar;
  for (int file = 0; file < 20; ++file) {
    std::string records;
    for (int number = 0; number < 9; ++number)
      records += pax_record(cat("SCHILY.xattr.user.n", number), std::string(400, 'v'));
    tar.pax(records).file(cat("f", file), std::string(static_cast<size_t>(file) * 100, 'd'));
  }
  ASSERT_EQ(add_layer(tar.finish()), "");
  expect_same();
}

TEST_F(Erofs, WhatComesLaterTakesThePlace) {
  TarBuilder tar;
  tar.file("a", "1").file("a", "22").directory("b").file("b/x").directory("b", 0700);
  tar.directory("c").file("c/x").symlink("c", "b").file("c/y").file("e").directory("e").file("e/x");
  tar.symlink("abs", "/usr/lib").file("abs/x").symlink("up", "../../etc").file("up/y").file("no/parents/z");
  tar.file("linked", "first").hardlink("other", "linked").file("linked", "second");
  ASSERT_EQ(add_layer(tar.finish()), "");
  expect_same();
}

TEST_F(Erofs, RefusesWithTheSameWords) {
  const auto refused = [this](const TarBuilder& tar) { EXPECT_NE(add_layer(tar.finish()), ""); };
  refused(TarBuilder().file("f").file("f/x"));
  refused(TarBuilder().symlink("a", "b").symlink("b", "a").file("a/x"));
  refused(TarBuilder().hardlink("h", "none"));
  refused(TarBuilder().directory("d").hardlink("h", "d"));
  refused(TarBuilder().file("../x"));
  refused(TarBuilder().directory("d").file("d/f").hardlink("d", "d/f"));
  refused(TarBuilder().pax(pax_record("linkpath", std::string(4096, 'x'))).symlink("s", "x"));
  refused(TarBuilder().pax(pax_record("SCHILY.xattr.security.capability", "x")).file("f"));
  refused(TarBuilder().pax(pax_record("SCHILY.xattr.system.posix_acl_access", "x")).file("f"));
  refused(TarBuilder().pax(pax_record("SCHILY.xattr.user.", "x")).file("f"));
  std::string deep = "d";
  for (int level = 0; level < 15; ++level) deep += "/" + std::string(250, 'n');
  refused(TarBuilder()
              .pax(pax_record("path", deep))
              .directory("x")
              .pax(pax_record("linkpath", deep))
              .symlink("s", "x")
              .pax(pax_record("path", "s/" + std::string(255, 'm') + "/" + std::string(255, 'o')))
              .file("x"));
  // Upon another layer, whiteouts count.
  ASSERT_EQ(add_layer(TarBuilder().file("etc/x").finish()), "");
  refused(TarBuilder().directory("d").symlink("s", "d").file("s/.wh..wh..opq"));
  refused(TarBuilder().hardlink("h", "etc/x"));
}

TEST_F(Erofs, LayersUponLayers) {
  ASSERT_EQ(add_layer(TarBuilder()
                          .directory("etc")
                          .file("etc/a", "1")
                          .file("etc/b", "1")
                          .file("etc/c", "1")
                          .directory("old")
                          .file("old/x")
                          .file("gone")
                          .directory("dir")
                          .file("dir/x")
                          .file("was_file")
                          .directory("was_dir")
                          .file("was_dir/x")
                          .symlink("was_link", "etc")
                          .finish()),
            "");
  ASSERT_EQ(add_layer(TarBuilder()
                          .directory("etc", 0700)
                          .file("etc/b", "22")
                          .file("etc/.wh.c")
                          .file(".wh.gone")
                          .file(".wh.dir")
                          .directory("old")
                          .file("old/.wh..wh..opq")
                          .file("old/y")
                          .directory("was_file")
                          .file("was_file/x")
                          .file("was_dir")
                          .file("was_link/x")
                          .finish()),
            "");
  ASSERT_EQ(add_layer(TarBuilder().file("etc/c", "333").directory("dir").file("dir/y").file("none/.wh.x").finish()),
            "");
  expect_same();
}

// What a layer hides that nothing lies below: nobody sees it. And what it has itself it does not hide.
TEST_F(Erofs, WhiteoutsOfTheLowestLayer) {
  const std::string tar = TarBuilder()
                              .file("d/.wh.x")
                              .file("d/y")
                              .file(".wh.z")
                              .file("file", "1")
                              .file(".wh.file")
                              .file("own/1")
                              .file(".wh.own")
                              .file("marks/.wh.a")
                              .file("marks/.wh.b")
                              .finish();
  ASSERT_EQ(add_layer(tar), "");
  ASSERT_EQ(add_layer(TarBuilder().file("new/.wh.q").file("new/r").file("own/2").finish()), "");
  expect_same();
  EXPECT_THAT(list_dir(AT_FDCWD, directory_ + "/as_overlay/d"), testing::ElementsAre("y"));
  EXPECT_THAT(list_dir(AT_FDCWD, directory_ + "/as_overlay/new"), testing::ElementsAre("r"));
  EXPECT_THAT(list_dir(AT_FDCWD, directory_ + "/as_overlay/marks"), testing::IsEmpty());
  unmount();
  EXPECT_THAT(list_dir(AT_FDCWD, mount_image()), testing::UnorderedElementsAre("d", "file", "own", "marks", "new"));
  // Above others it hides what they have, and of its own nothing.
  ASSERT_EQ(add_layer(tar), "");
  EXPECT_THAT(list_dir(AT_FDCWD, mount_image() + "/own"), testing::ElementsAre("1"));
  unmount();
  expect_same();
}

// What the root of a layer hides; marks beside an opaque one; an opaque directory that has no entry of its own.
TEST_F(Erofs, OpaqueDirectories) {
  ASSERT_EQ(add_layer(TarBuilder().file("a", "1").file("d/x", "1").file("d/e/x", "1").file("f/x", "1").finish()), "");
  ASSERT_EQ(add_layer(TarBuilder()
                          .file("d/.wh..wh..opq")
                          .file("d/.wh.x")
                          .file("d/y", "2")
                          .file("none/.wh..wh..opq")
                          .file("none/deeper/.wh.x")
                          .finish()),
            "");
  expect_same();
  ASSERT_EQ(add_layer(TarBuilder().file(".wh.a").file(".wh..wh..opq").file("g", "3").file("d/.wh.e").finish()), "");
  EXPECT_THAT(list_dir(AT_FDCWD, mount_image()), testing::UnorderedElementsAre("d", "g"));
  unmount();
  expect_same();
  ASSERT_EQ(add_layer(TarBuilder().file("a", "4").file(".wh.g").finish()), "");
  expect_same();
}

TEST_F(Erofs, SparseFiles) {
  // pax 1.0: the map comes before the data.
  const std::string map = "3\n0\n512\n8192\n1000\n20000\n0\n";
  const std::string padded = map + std::string(512 - map.size(), '\0');
  const auto sparse = [](const std::string& name, uint64_t size) {
    return pax_record("GNU.sparse.major", "1") + pax_record("GNU.sparse.minor", "0") +
           pax_record("GNU.sparse.name", name) + pax_record("GNU.sparse.realsize", cat(size));
  };
  TarBuilder tar;
  tar.pax(sparse("aligned", 20'000))
      .file("GNUSparseFile.0/aligned", padded + std::string(512, 'a') + std::string(1000, 'b'));
  const std::string odd = "4\n7\n10\n1000\n3\n5000\n600\n70000\n0\n";
  tar.pax(sparse("odd", 70'000))
      .file("GNUSparseFile.0/odd", odd + std::string(512 - odd.size(), '\0') + std::string(613, 'o'));
  // Just over 4 GiB: every byte of a hole is hashed, by both drivers.
  const std::string huge = "2\n4294971392\n4096\n4294983679\n1\n";
  tar.pax(sparse("huge", 4'294'983'680))
      .file("GNUSparseFile.0/huge", huge + std::string(512 - huge.size(), '\0') + std::string(4097, 'h'));
  const std::string hole = "1\n4294971393\n0\n";
  tar.pax(sparse("hole", 4'294'971'393)).file("GNUSparseFile.0/hole", hole + std::string(512 - hole.size(), '\0'));
  tar.file("after", "after");
  ASSERT_EQ(add_layer(tar.finish()), "");
  const std::string at = mount_image();
  const auto piece = [&at](const std::string& name, off_t offset, size_t size) {
    const Fd file = open_file(AT_FDCWD, at + "/" + name, O_RDONLY);
    std::string bytes(size, '?');
    EXPECT_EQ(pread(file.get(), bytes.data(), size, offset), static_cast<ssize_t>(size));
    return bytes;
  };
  const std::string zeros(3, '\0');
  EXPECT_EQ(read_file(AT_FDCWD, at + "/aligned"), std::string(512, 'a') + std::string(7680, '\0') +
                                                      std::string(1000, 'b') + std::string(20'000 - 9192, '\0'));
  std::string expected(70'000, '\0');
  expected.replace(7, 10, 10, 'o').replace(1000, 3, 3, 'o').replace(5000, 600, 600, 'o');
  EXPECT_EQ(read_file(AT_FDCWD, at + "/odd"), expected);
  EXPECT_EQ(piece("huge", 4'294'971'389, 6), zeros + "hhh");
  EXPECT_EQ(piece("huge", 4'294'975'485, 6), "hhh" + zeros);
  EXPECT_EQ(piece("huge", 4'294'983'676, 4), zeros + "h");
  EXPECT_EQ(piece("hole", 4'294'971'390, 3), zeros);
  EXPECT_EQ(read_file(AT_FDCWD, at + "/after"), "after");
  struct stat info;
  ASSERT_EQ(stat(image_path().c_str(), &info), 0);
  EXPECT_LT(info.st_blocks * 512, 1 << 20);
}

// The file's last block is the last one of the tar.
TEST_F(Erofs, ATarWithoutAnEnd) {
  ASSERT_EQ(add_layer(TarBuilder().file("f", std::string(700, 'f')).unfinished()), "");
  EXPECT_EQ(read_file(AT_FDCWD, mount_image() + "/f"), std::string(700, 'f'));
}

TEST_F(Erofs, AHundredThousandNamesInOneDirectory) {
  TarBuilder tar;
  for (int number = 0; number < 100'000; ++number) tar.file(cat("d/name_", number * 7919 % 100'000), "");
  ASSERT_EQ(add_layer(tar.finish()), "");
  const std::string at = mount_image() + "/d";
  EXPECT_EQ(list_dir(AT_FDCWD, at).size(), 100'000U);
  for (int number = 0; number < 100'000; number += 99) {
    EXPECT_TRUE(exists_at(AT_FDCWD, cat(at, "/name_", number))) << number;
  }
  EXPECT_FALSE(exists_at(AT_FDCWD, at + "/name_100000"));
  unmount();
  expect_same();
}

TEST_F(Erofs, LayersWithNothingInThem) {
  const std::string nothing = TarBuilder().finish();
  ASSERT_EQ(add_layer(nothing), "");
  expect_same();
  ASSERT_EQ(add_layer(TarBuilder().file("d/f", "1").finish()), "");
  ASSERT_EQ(add_layer(nothing), "");
  ASSERT_EQ(add_layer(TarBuilder().directory(".").finish()), "");
  expect_same();
}

// No hole: the archive's own file is sparse, so that it costs no disk here; unpacked it does.
TEST_F(Erofs, AFileOfMoreThanFourGiB) {
  if (!long_tests()) GTEST_SKIP() << "set MINIDOCK_TEST_LONG to run it";
  constexpr uint64_t kSize = (uint64_t{4} << 30) + 1000;
  const std::string path = directory_ + "/large.tar";
  const Fd archive = open_file(AT_FDCWD, path, O_RDWR | O_CREAT, 0600);
  TarEntry entry{.name = "large"};
  entry.size = kSize;
  write_all(archive.get(), tar_header(entry));
  const auto put = [&archive](const std::string& text, uint64_t at) {
    ASSERT_EQ(pwrite(archive.get(), text.data(), text.size(), static_cast<off_t>(512 + at)),
              static_cast<ssize_t>(text.size()));
  };
  put("begin", 0);
  put("across", (uint64_t{4} << 30) - 3);
  put("end", kSize - 3);
  ASSERT_EQ(lseek(archive.get(), static_cast<off_t>(512 + (kSize + 511) / 512 * 512), SEEK_SET) > 0, true);
  write_all(archive.get(), TarBuilder().file("after", "it").finish());
  ASSERT_EQ(add_layer_file(path), "");
  expect_same();
}

TEST_F(Erofs, AHundredAndTwentySevenLayers) {
  for (int number = 0; number < 127; ++number) {
    TarBuilder tar;
    tar.file(cat("own/", number), cat("data of ", number)).file("common", cat("from ", number));
    if (number > 0) tar.file(cat("own/.wh.", number - 1));
    ASSERT_EQ(add_layer(tar.finish()), "") << number;
  }
  expect_same();
}

}  // namespace
}  // namespace minidock::store
