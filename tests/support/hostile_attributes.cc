// Cases 73..90: attributes, whiteouts, and links in the place of what a container has mounted.
#include "base/text.h"
#include "support/hostile_archives.h"

namespace minidock::store {

namespace {

TarBuilder with_xattr(const std::string& key, const std::string& value) {
  return TarBuilder().pax(pax_record("SCHILY.xattr." + key, value)).file("f");
}

TarBuilder many_xattrs(int count) {
  std::string records;
  for (int i = 0; i < count; ++i) records += pax_record(cat("SCHILY.xattr.user.n", i), "v");
  return TarBuilder().pax(records).file("f");
}

TarBuilder with_record(const std::string& key, const std::string& value) {
  return TarBuilder().pax(pax_record(key, value)).file("f");
}

HostileArchives modes_and_xattrs() {
  // struct vfs_cap_data of linux/capability.h: CAP_NET_RAW permitted and effective; revision 3 belongs to user 1000.
  const std::string version_2("\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  const std::string version_3("\x01\0\0\x03\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xe8\x03\0\0", 24);
  // linux/posix_acl_xattr.h: user::rwx, group::r-x, mask::rwx, other::---.
  const std::string acl(
      "\x02\0\0\0\x01\0\x07\0\xff\xff\xff\xff\x04\0\x05\0\xff\xff\xff\xff\x10\0\x07\0\xff\xff\xff\xff\x20\0\0\0\xff\xff"
      "\xff\xff",
      36);
  HostileArchives rows = {
      taken(73, "special bits and an owner",
            TarBuilder().add({.name = "a", .data = "x", .mode = 06755, .uid = 5, .gid = 42}).directory("d", 01777),
            {{"a", "mode 6755"}, {"a", "owner 5:42"}, {"d", "mode 1777"}}),
      taken(73, "more bits than there are", TarBuilder().file("a", "x", 07777777), {{"a", "mode 7777"}}),
      taken(74, "a capability", with_xattr("security.capability", version_2),
            {{"f", "xattr security.capability=" + version_2}}),
      taken(74, "a capability of a user namespace", with_xattr("security.capability", version_3),
            {{"f", "xattr security.capability=" + version_3}}),
      refused(74, "a capability of a wrong length", with_xattr("security.capability", "short"),
              "entry f: set extended attribute security.capability: Invalid argument"),
      taken(76, "a user's attribute", with_xattr("user.note", "hello"), {{"f", "xattr user.note=hello"}}),
      taken(76, "a default ACL, which does not spread",
            TarBuilder().pax(pax_record("SCHILY.xattr.system.posix_acl_default", acl)).directory("d").file("d/f"),
            {{"d", "xattr system.posix_acl_default=" + acl}, {"d/f", "no xattr system.posix_acl_access"}}),
      refused(77, "an attribute of 64 KiB and one byte", with_xattr("user.big", std::string((64 << 10) + 1, 'v')),
              "entry f: extended attribute user.big has 65537 bytes"),
      refused(77, "a name of 256 bytes", with_xattr("user." + std::string(251, 'n'), "v"),
              "the name of an extended attribute has 256 bytes"),
      refused(77, "20,000 attributes", many_xattrs(20'000), "it has 20000 extended attributes, the limit is 1000"),
      refused(77, "100,000 attributes", many_xattrs(100'000), "damaged"),
  };
  for (const char* key : {"trusted.overlay.opaque", "trusted.overlay.redirect", "trusted.overlay.metacopy",
                          "trusted.overlay.origin", "user.overlay.opaque"}) {
    rows.push_back(taken(75, cat("overlayfs' own ", key), with_xattr(key, "y"),
                         {{"f", cat("no xattr ", key)}, {"", "warns 1 entries lost extended attributes"}}));
  }
  for (const char* key : {"security.selinux", "security.ima", "trusted.any", "odd.name"}) {
    rows.push_back(taken(76, cat("the host's ", key), with_xattr(key, "y"),
                         {{"f", cat("no xattr ", key)}, {"", "warns 1 entries lost extended attributes"}}));
  }
  return rows;
}

HostileArchives owners_and_times() {
  return {
      taken(78, "the last user", with_record("uid", "4294967294"), {{"f", "owner 4294967294:0"}}),
      refused(78, "the user that chown() takes for none", with_record("uid", "4294967295"),
              "entry f: its uid 4294967295 is not 0 to 4294967294"),
      refused(78, "a user of 33 bits", with_record("uid", "4294967296"), "entry f: its uid 4294967296 is not"),
      refused(78, "a negative user", with_record("uid", "-1"), "f"),
      refused(78, "a group of 41 bits", TarBuilder().add({.name = "f", .data = "x", .gid = uint64_t{1} << 40}),
              "entry f: its gid 1099511627776 is not"),
      refused(78, "a negative user in the header",
              TarBuilder().add({.name = "f", .data = "x", .fields = {{"uid", std::string(8, '\xff')}}}), "f"),
      taken(80, "long before 1970", with_record("mtime", "-99999999999999"), {{"f", "time 0.000000000"}}),
      taken(80, "the end of time", with_record("mtime", "9223372036854775807.999999999"),
            {{"f", "time 8589934592.000000000"}}),
      taken(80, "a part of a second", with_record("mtime", "1700000000.25"), {{"f", "time 1700000000.250000000"}}),
      taken(80, "a time that is no number", with_record("mtime", "NaN"), {{"f", "text x"}}),
  };
}

HostileArchives wrong_whiteouts() {
  HostileArchives rows;
  for (const char* name : {".wh.", "a/.wh."}) {
    rows.push_back(refused(81, cat("a mark of nothing, ", name), TarBuilder().file(name, ""),
                           cat("entry ", name, ": a whiteout mark that names nothing")));
  }
  for (const char* name : {".wh..", ".wh...", "a/.wh..", "a/.wh..."}) {
    rows.push_back(refused_above(82, cat("a mark of a directory itself or above, ", name), TarBuilder().file("a/x"),
                                 TarBuilder().file(name, ""), "a whiteout mark that names nothing"));
  }
  const std::string directory = "a whiteout mark (.wh.) is used as a directory";
  const std::string type = "a whiteout mark (.wh.) must be a regular file";
  rows.push_back(refused(83, "something below a mark", TarBuilder().file(".wh.x/y"), "entry .wh.x/y: " + directory));
  rows.push_back(refused(83, "below an opaque mark", TarBuilder().file(".wh..wh..opq/y"), directory));
  rows.push_back(refused(84, "a directory as a mark", TarBuilder().directory("d/.wh.x"), "entry d/.wh.x: " + type));
  rows.push_back(refused(84, "a link as a mark", TarBuilder().symlink(".wh.x", "/etc"), type));
  rows.push_back(refused(84, "a hard link as a mark", TarBuilder().file("f").hardlink(".wh.x", "f"), type));
  rows.push_back(refused(84, "a device as a mark", TarBuilder().node(".wh.x", '3', 1, 3), type));
  rows.push_back(refused(84, "a fifo as an opaque mark", TarBuilder().node(".wh..wh..opq", '6', 0, 0), type));
  rows.push_back(taken_above(84, "a mark with data", TarBuilder().file("x").file("y"),
                             TarBuilder().file(".wh.x", "data"), {{"", "names y"}}));
  return rows;
}

// "/a/b": " a a/b".
std::string parents_of(const std::string& path) {
  std::string names;
  for (size_t at = 1; at <= path.size(); ++at) {
    if (at == path.size() || path[at] == '/') names += " " + path.substr(1, at - 1);
  }
  return names;
}

HostileArchives whiteouts(const std::string& canary) {
  const TarBuilder lower =
      TarBuilder().directory("d").file("d/x", "1").file("d/y", "1").file("a", "1").directory("etc");
  return {
      taken_above(85, "a mark behind a link", TarBuilder(lower).file("etc/passwd"),
                  TarBuilder().symlink("l", "/etc").file("l/.wh.passwd", ""), {{"", "names a d d/x d/y etc l"}}),
      taken(85, "a mark behind a link to the canary", TarBuilder().symlink("d", canary).file("d/.wh.f", ""),
            {{"d", "link " + canary}, {"", "names d" + parents_of(canary)}}),
      taken(86, "marks in a first layer", TarBuilder().file("a").file(".wh.a", "").file(".wh.none", ""),
            {{"", "names a"}, {"", "warns 2 whiteout entries (.wh.*) hide nothing"}}),
      taken_above(86, "a mark of nothing that is there", lower, TarBuilder().file(".wh.none", "").file("b"),
                  {{"", "names a b d d/x d/y etc"}}),
      // image-spec layer.md: a mark hides what the layers below have, never what its own layer has.
      taken_above(86, "a mark before the layer's own file", lower, TarBuilder().file(".wh.a", "").file("a", "2"),
                  {{"a", "text 2"}}),
      taken_above(86, "a mark behind the layer's own file", lower, TarBuilder().file("a", "2").file(".wh.a", ""),
                  {{"a", "text 2"}}),
      taken_above(86, "a mark before the layer's own directory", lower,
                  TarBuilder().file(".wh.d", "").directory("d").file("d/z", "2"), {{"", "names a d d/z etc"}}),
      taken_above(86, "a mark behind the layer's own directory", lower,
                  TarBuilder().directory("d").file("d/z", "2").file(".wh.d", ""), {{"", "names a d d/z etc"}}),
      taken_above(86, "a mark, and a file in such a directory without an entry", lower,
                  TarBuilder().file(".wh.d", "").file("d/z", "2"), {{"", "names a d d/z etc"}}),
      taken_above(86, "a mark in a directory that a file has replaced", lower,
                  TarBuilder().directory("d").file("d/.wh.x", "").file("d", "2"),
                  {{"", "names a d etc"}, {"d", "text 2"}}),
      taken_above(
          87, "an opaque directory with marks in it", lower,
          TarBuilder().directory("d").file("d/.wh.x", "").file("d/.wh..wh..opq", "").file("d/.wh.y", "").file("d/z"),
          {{"", "names a d d/z etc"}}),
      taken_above(86, "a mark in a directory that is removed", lower,
                  TarBuilder().file("d/.wh.x", "").file(".wh.d", ""), {{"", "names a etc"}}),
      taken_above(87, "opaque twice, and behind what is in it", lower,
                  TarBuilder().file("d/z").file("d/.wh..wh..opq", "").file("d/.wh..wh..opq", ""),
                  {{"", "names a d d/z etc"}}),
      taken_above(88, "an opaque root", lower, TarBuilder().file(".wh..wh..opq", "").file("b"), {{"", "names b"}}),
      taken(89, "what aufs keeps for itself",
            TarBuilder().directory(".wh..wh.plnk").file(".wh..wh.plnk/1.2").file(".wh..wh.aufs", "").file("a"),
            {{"", "names a"}}),
      taken_above(89, "the same above a layer", lower, TarBuilder().file(".wh..wh.plnk/1.2").file("b"),
                  {{"", "names a b d d/x d/y etc"}}),
      // It is a container of this image that is refused: see the end-to-end test of import.
      taken(90, "links where a container has mounts",
            TarBuilder().symlink("dev", canary).symlink("proc", "x").symlink("etc", canary).symlink("sys", ".."),
            {{"dev", "link " + canary}, {"etc", "link " + canary}, {"", "names dev etc proc sys"}}),
  };
}

}  // namespace

HostileArchives hostile_attributes(const std::string& canary) {
  HostileArchives rows;
  for (HostileArchives more : {modes_and_xattrs(), owners_and_times(), wrong_whiteouts(), whiteouts(canary)}) {
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

}  // namespace minidock::store
