// Links: followed in the layer's root and nowhere else, and never where a name is made or removed.
#include <sys/stat.h>

#include "support/unpack_fixture.h"

namespace minidock::store {
namespace {

using UnpackLinks = UnpackTest;

TEST_F(UnpackLinks, AnAbsoluteLinkLeadsIntoTheLayer) {
  for (const bool with_directory : {false, true}) {
    TarBuilder tar;
    if (with_directory) tar.directory("etc", 0711);
    const Layer layer = accept(tar.symlink("a", "/etc").file("a/x", "in").finish());
    EXPECT_EQ(layer.text("etc/x"), "in");
    EXPECT_EQ(layer.link("a"), "/etc");
    EXPECT_EQ(layer.info("etc").st_mode & 07777, with_directory ? 0711u : 0755u);
  }
}

TEST_F(UnpackLinks, AimedAtTheCanary) {
  const Layer layer = accept(TarBuilder()
                                 .symlink("a", canary())
                                 .file("a/f", "in")
                                 .symlink("b", canary() + "/d/e")
                                 .file("b/new")
                                 .symlink("c", "../canary")
                                 .file("c/f")
                                 .finish());
  EXPECT_EQ(layer.text(canary().substr(1) + "/f"), "in");
  EXPECT_EQ(layer.text("canary/f"), "x");
}

TEST_F(UnpackLinks, ParentsClampAtTheRoot) {
  EXPECT_EQ(accept(TarBuilder().symlink("a", "../../../etc").file("a/x", "in").finish()).text("etc/x"), "in");
  EXPECT_EQ(accept(TarBuilder().symlink("a", "b/../../..").file("a/x", "in").finish()).text("x"), "in");
}

TEST_F(UnpackLinks, ChainsAreFollowed) {
  const Layer layer =
      accept(TarBuilder().symlink("a", "b").symlink("b", "c").symlink("c", "/").file("a/etc/x", "in").finish());
  EXPECT_EQ(layer.text("etc/x"), "in");
}

TEST_F(UnpackLinks, LoopsEnd) {
  refuse(TarBuilder().symlink("a", "b").symlink("b", "a").file("a/x").finish(), "Too many levels of symbolic links");
  TarBuilder chain;
  for (int i = 0; i < 41; ++i) chain.symlink("l" + std::to_string(i), "l" + std::to_string(i + 1));
  refuse(TarBuilder(chain).directory("l41").file("l0/x").finish(), "Too many levels of symbolic links");
  refuse(chain.file("l0/x").finish(), "Too many levels of symbolic links");  // and where the end is missing
}

TEST_F(UnpackLinks, ManyStepsThroughOneLink) {
  TarBuilder tar;
  tar.symlink("d", "/");
  std::string path;
  for (int i = 0; i < 41; ++i) path += "d/";
  EXPECT_EQ(accept(TarBuilder(tar).file(path.substr(0, 80) + "etc/x", "in").finish()).text("etc/x"), "in");
  refuse(tar.file(path + "etc/x").finish(), "Too many levels of symbolic links");
}

TEST_F(UnpackLinks, HardLinksStayInside) {
  refuse(TarBuilder().hardlink("x", "/etc/passwd").finish(), "entry x: create hard link to etc/passwd: No such file");
  refuse(TarBuilder().hardlink("x", canary() + "/f").finish(), "No such file or directory");
  refuse(TarBuilder().hardlink("x", "../../etc/passwd").finish(), "leads out of the root");
  refuse(TarBuilder().hardlink("x", ".").finish(), "it is a hard link to a directory");
  refuse(TarBuilder().symlink("d", "/etc").hardlink("h", "d/passwd").finish(), "No such file or directory");
  refuse(TarBuilder().symlink("d", canary()).hardlink("h", "d/f").finish(), "No such file or directory");
}

TEST_F(UnpackLinks, HardLinksThatAreFine) {
  const Layer layer = accept(TarBuilder().file("f", "one").hardlink("x", "/f").hardlink("y", "./a/../f").finish());
  EXPECT_EQ(layer.text("x"), "one");
  EXPECT_EQ(layer.info("f").st_nlink, 3u);
  EXPECT_EQ(layer.info("y").st_ino, layer.info("f").st_ino);
}

TEST_F(UnpackLinks, AHardLinkToALinkIsTheLink) {
  const Layer layer = accept(TarBuilder()
                                 .symlink("l", canary() + "/f")
                                 .pax(pax_record("SCHILY.xattr.user.a", "b"))
                                 .add({.name = "h", .type = '1', .link = "l", .mode = 0777, .mtime = 5})
                                 .finish());
  EXPECT_EQ(layer.link("h"), canary() + "/f");
  EXPECT_EQ(layer.info("h").st_ino, layer.info("l").st_ino);
}

TEST_F(UnpackLinks, HardLinksThatCannotBe) {
  refuse(TarBuilder().directory("d").hardlink("h", "d").finish(), "Is a directory");
  refuse(TarBuilder().file("x").hardlink("x", "x").finish(), "it is a hard link to itself");
  refuse(TarBuilder().file("x").symlink("d", ".").hardlink("d/x", "x").finish(), "No such file or directory");
  refuse(TarBuilder().hardlink("h", "later").file("later").finish(), "No such file or directory");
}

TEST_F(UnpackLinks, AHardLinkWithDataIsRefused) {
  refuse(TarBuilder().file("a").add({.name = "b", .type = '1', .data = "evil", .link = "a"}).finish(), "a");
  refuse(TarBuilder()
             .file("a")
             .pax(pax_record("size", "4"))
             .add({.name = "b", .type = '1', .data = "evil", .link = "a"})
             .finish(),
         "entry b: it is a hard link with data");
  refuse(TarBuilder()
             .symlink("a", canary() + "/f")
             .pax(pax_record("size", "4"))
             .add({.name = "b", .type = '1', .data = "evil", .link = "a"})
             .finish(),
         "");
}

TEST_F(UnpackLinks, AFileReplacesALink) {
  const Layer layer = accept(TarBuilder().symlink("x", canary() + "/f").file("x", "mine").finish());
  EXPECT_EQ(layer.text("x"), "mine");
}

TEST_F(UnpackLinks, ALinkReplacesATree) {
  const Layer layer = accept(
      TarBuilder().directory("a").file("a/f").file("a/b/c/d").symlink("a", "/etc").file("a/passwd", "in").finish());
  EXPECT_EQ(layer.link("a"), "/etc");
  EXPECT_EQ(layer.text("etc/passwd"), "in");
}

TEST_F(UnpackLinks, LateTimesOfAReplacedDirectoryGoNowhere) {
  const Layer layer =
      accept(TarBuilder().add({.name = "a", .type = '5', .mode = 0777, .mtime = 7}).symlink("a", canary()).finish());
  EXPECT_EQ(layer.link("a"), canary());
}

TEST_F(UnpackLinks, ADirectoryReplacesALink) {
  const Layer layer = accept(TarBuilder().symlink("a", canary()).directory("a", 0750).file("a/x").finish());
  EXPECT_EQ(layer.info("a").st_mode, S_IFDIR | 0750u);
  EXPECT_EQ(layer.text("a/x"), "x");
}

TEST_F(UnpackLinks, AFileIsNoParent) {
  refuse(TarBuilder().file("a").file("a/b").finish(), "entry a/b: open directory a: Not a directory");
}

TEST_F(UnpackLinks, TheLastOneWins) {
  EXPECT_EQ(accept(TarBuilder().file("x", "1").file("x", "2").finish()).text("x"), "2");
  EXPECT_TRUE(accept(TarBuilder().file("x").directory("x").finish()).is_dir("x"));
  const Layer layer = accept(TarBuilder().directory("d", 0700).file("d/f").directory("d", 0711).finish());
  EXPECT_EQ(layer.info("d").st_mode & 07777, 0711u);
  EXPECT_TRUE(layer.exists("d/f"));
}

TEST_F(UnpackLinks, EveryCopyCounts) {
  TarBuilder tar;
  for (int i = 0; i < 10'000; ++i) tar.file("x", "");
  const std::string archive = tar.finish();
  EXPECT_EQ(accept(archive).result().entries, 10'000u);
  limits_.entries = 9999;
  refuse(archive, "more than 9999 entries");
  limits_ = {};
  limits_.total_bytes = 25;
  refuse(TarBuilder().file("x", "0123456789").file("x", "0123456789").file("x", "0123456789").finish(),
         "the limit for one layer");
}

TEST_F(UnpackLinks, SwappedBetweenEntries) {
  TarBuilder tar;
  for (int i = 0; i < 1000; ++i) {
    tar.directory("a").file("a/x", "in").symlink("a", canary()).file("a/y", "in");
  }
  const Layer layer = accept(tar.finish());
  EXPECT_EQ(layer.text(canary().substr(1) + "/y"), "in");
}

TEST_F(UnpackLinks, ALinkThatHidesTheCachedParent) {
  // "x/x" is the link itself: it is replaced while its own directory is the cached one.
  const Layer layer = accept(TarBuilder().symlink("x", ".").directory("x/x").file("x/f", "in").finish());
  EXPECT_TRUE(layer.is_dir("x"));
  EXPECT_EQ(layer.text("x/f"), "in");
}

TEST_F(UnpackLinks, TargetsOfSymbolicLinks) {
  const std::string longest(4095, 't');
  EXPECT_EQ(accept(TarBuilder().symlink("l", longest).finish()).link("l"), longest);
  refuse(TarBuilder().symlink("l", longest + "t").finish(), "File name too long");
  refuse(TarBuilder().symlink("l", std::string(64 << 10, 't')).finish(), "entry l: ");
  refuse(TarBuilder().symlink("l", "").finish(), "");
}

}  // namespace
}  // namespace minidock::store
