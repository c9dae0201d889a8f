// Owners, modes, times, extended attributes and device nodes: set as the archive says where it may say so.
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "support/unpack_fixture.h"

namespace minidock::store {
namespace {

using UnpackAttributes = UnpackTest;

std::string with_xattr(const std::string& key, const std::string& value) {
  return TarBuilder().pax(pax_record("SCHILY.xattr." + key, value)).file("f").finish();
}

// struct vfs_cap_data of linux/capability.h, revision 2: CAP_NET_RAW permitted and effective.
std::string capability_v2() {
  return std::string("\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);
}

TEST_F(UnpackAttributes, OwnersModesAndTimes) {
  const Layer layer = accept(
      TarBuilder()
          .add({.name = "d", .type = '5', .mode = 01777, .uid = 7, .gid = 8, .mtime = 1'000'000'001})
          .add({.name = "d/f", .data = "x", .mode = 0640, .uid = 1000, .gid = 2000, .mtime = 1'000'000'002})
          .add({.name = "d/l", .type = '2', .link = "f", .mode = 0777, .uid = 3, .gid = 4, .mtime = 1'000'000'003})
          .finish());
  const struct stat directory = layer.info("d");
  EXPECT_EQ(directory.st_mode, S_IFDIR | 01777u);
  EXPECT_EQ(directory.st_uid, 7u);
  EXPECT_EQ(directory.st_mtim.tv_sec, 1'000'000'001);  // though a file was made in it later
  EXPECT_EQ(layer.info("d/f").st_gid, 2000u);
  EXPECT_EQ(layer.info("d/f").st_mtim.tv_sec, 1'000'000'002);
  EXPECT_EQ(layer.info("d/l").st_uid, 3u);
  EXPECT_EQ(layer.info("d/l").st_mtim.tv_sec, 1'000'000'003);
  EXPECT_EQ(layer.result().newest_mtime, 1'000'000'003 * kSecond);
}

TEST_F(UnpackAttributes, SpecialBitsSurviveTheChangeOfOwner) {
  const Layer layer = accept(TarBuilder()
                                 .add({.name = "a", .data = "x", .mode = 06755, .uid = 5, .gid = 42})
                                 .add({.name = "g", .data = "x", .mode = 02755, .gid = 42})
                                 .directory("d", 02775)
                                 .file("d/f")
                                 .directory("d/e")
                                 .add({.name = "m", .data = "x", .mode = 07777777})
                                 .finish());
  EXPECT_EQ(layer.info("a").st_mode & 07777, 06755u);
  EXPECT_EQ(layer.info("g").st_mode & 07777, 02755u);
  EXPECT_EQ(layer.info("d").st_mode & 07777, 02775u);
  EXPECT_EQ(layer.info("d/e").st_mode & 07777, 0755u);  // not inherited
  EXPECT_EQ(layer.info("m").st_mode & 07777, 07777u);
}

TEST_F(UnpackAttributes, ClosedDirectoriesAreFilled) {
  const Layer layer = accept(TarBuilder().directory("d", 0).add({.name = "d/f", .data = "x", .mode = 0}).finish());
  EXPECT_EQ(layer.info("d").st_mode & 07777, 0u);
  EXPECT_EQ(layer.text("d/f"), "x");
}

TEST_F(UnpackAttributes, DirectoriesThatNoEntryNames) {
  for (int round = 0; round < 2; ++round) {
    const Layer layer = accept(TarBuilder().add({.name = "a/b/f", .data = "x", .uid = 5, .mtime = 77}).finish());
    EXPECT_EQ(layer.info("a/b").st_mode, S_IFDIR | 0755u);
    EXPECT_EQ(layer.info("a/b").st_uid, 0u);
    EXPECT_EQ(layer.info("a").st_mtim.tv_sec, 77);
  }
}

TEST_F(UnpackAttributes, IdsOutOfRange) {
  const auto owned = [](const std::string& uid) { return TarBuilder().pax(pax_record("uid", uid)).file("f").finish(); };
  EXPECT_EQ(accept(owned("4294967294")).info("f").st_uid, 4294967294u);
  refuse(owned("4294967295"), "entry f: its uid 4294967295 is not 0 to 4294967294");
  refuse(owned("4294967296"), "its uid 4294967296");
  refuse(owned("-1"), "");
  refuse(TarBuilder().add({.name = "f", .data = "x", .gid = uint64_t{1} << 40}).finish(), "its gid 1099511627776");
  refuse(TarBuilder().add({.name = "f", .data = "x", .fields = {{"uid", std::string(8, '\xff')}}}).finish(), "");
}

TEST_F(UnpackAttributes, TimesAreClamped) {
  const auto dated = [](const std::string& mtime) {
    return TarBuilder().pax(pax_record("mtime", mtime)).file("f").finish();
  };
  EXPECT_EQ(accept(dated("-99999999999999")).info("f").st_mtim.tv_sec, 0);
  EXPECT_EQ(accept(dated("9223372036854775807.999999999")).result().newest_mtime, (int64_t{1} << 33) * kSecond);
  EXPECT_EQ(accept(dated("1700000000.25")).info("f").st_mtim.tv_nsec, 250'000'000);
  accept(dated("NaN"));
}

TEST_F(UnpackAttributes, KeptXattrs) {
  EXPECT_EQ(accept(with_xattr("user.note", "hello")).xattr("f", "user.note"), "hello");
  EXPECT_EQ(accept(with_xattr("security.capability", capability_v2())).xattr("f", "security.capability"),
            capability_v2());
  refuse(with_xattr("security.capability", "short"),
         "entry f: set extended attribute security.capability: Invalid argument");
}

TEST_F(UnpackAttributes, DroppedXattrs) {
  for (const std::string key :
       {"trusted.overlay.opaque", "trusted.overlay.redirect", "trusted.overlay.metacopy", "trusted.overlay.origin",
        "user.overlay.opaque", "security.selinux", "security.ima", "trusted.any", "odd.name"}) {
    const Layer layer = accept(with_xattr(key, "y"));
    EXPECT_EQ(layer.xattr("f", key), "(none)") << key;
    EXPECT_NE(layer.warnings().find("1 entries lost extended attributes"), std::string::npos) << key;
  }
}

TEST_F(UnpackAttributes, DefaultAclsDoNotSpread) {
  // Version 2; user::rwx, group::r-x, mask::rwx, other::---, as of linux/posix_acl_xattr.h.
  const std::string acl(
      "\x02\x00\x00\x00\x01\x00\x07\x00\xff\xff\xff\xff\x04\x00\x05\x00\xff\xff\xff\xff"
      "\x10\x00\x07\x00\xff\xff\xff\xff\x20\x00\x00\x00\xff\xff\xff\xff",
      36);
  const Layer layer = accept(TarBuilder()
                                 .pax(pax_record("SCHILY.xattr.system.posix_acl_default", acl))
                                 .directory("d")
                                 .file("d/f", "x", 0644)
                                 .directory("d/e")
                                 .finish());
  EXPECT_EQ(layer.xattr("d", "system.posix_acl_default"), acl);
  EXPECT_EQ(layer.xattr("d/f", "system.posix_acl_access"), "(none)");
  EXPECT_EQ(layer.xattr("d/e", "system.posix_acl_default"), "(none)");
}

TEST_F(UnpackAttributes, TooManyOrTooLargeXattrs) {
  refuse(with_xattr("user.big", std::string((64 << 10) + 1, 'v')),
         "entry f: extended attribute user.big has 65537 bytes");
  refuse(with_xattr("user." + std::string(251, 'n'), "v"), "the name of an extended attribute has 256 bytes");
  std::string records;
  for (int i = 0; i < 20'000; ++i) records += pax_record("SCHILY.xattr.user.n" + std::to_string(i), "v");
  refuse(TarBuilder().pax(records).file("f").finish(), "it has 20000 extended attributes, the limit is 1000");
  for (int i = 20'000; i < 100'000; ++i) records += pax_record("SCHILY.xattr.user.n" + std::to_string(i), "v");
  refuse(TarBuilder().pax(records).file("f").finish(), "damaged");
}

TEST_F(UnpackAttributes, Nodes) {
  const Layer layer =
      accept(TarBuilder().node("sda", '4', 8, 0).node("mem", '3', 1, 1).node("pipe", '6', 0, 0).finish());
  EXPECT_EQ(layer.info("sda").st_mode, S_IFBLK | 0644u);
  EXPECT_EQ(layer.info("sda").st_rdev, makedev(8, 0));
  EXPECT_EQ(layer.info("mem").st_mode, S_IFCHR | 0644u);
  EXPECT_TRUE(S_ISFIFO(layer.info("pipe").st_mode));
}

TEST_F(UnpackAttributes, AWhiteoutDeviceIsNotMade) {
  const Layer layer = accept(TarBuilder().node("gone", '3', 0, 0).finish());
  EXPECT_FALSE(layer.exists("gone"));
  EXPECT_NE(layer.warnings().find("1 character devices 0:0 left out"), std::string::npos);
}

TEST_F(UnpackAttributes, DeviceNumbersOutOfRange) {
  refuse(TarBuilder().node("b", '4', uint64_t{1} << 32, 0).finish(),
         "entry b: its device number 4294967296:0 does not exist");
  refuse(TarBuilder().node("b", '4', 8, uint64_t{1} << 32).finish(), "does not exist on Linux");
}

}  // namespace
}  // namespace minidock::store
