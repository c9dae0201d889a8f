// Cases 7..25: links, and entries that take each other's place.
#include "base/text.h"
#include "support/hostile_archives.h"

namespace minidock::store {

namespace {

constexpr char kLoop[] = "Too many levels of symbolic links";

HostileArchives symbolic(const std::string& canary) {
  TarBuilder chain, steps;
  for (int i = 0; i < 41; ++i) chain.symlink(cat("l", i), cat("l", i + 1));
  steps.symlink("d", "/");
  const std::string inside = canary.substr(1);  // in the layer
  return {
      taken(7, "through an absolute link", TarBuilder().symlink("a", "/etc").file("a/x", "in"),
            {{"a", "link /etc"}, {"etc/x", "text in"}, {"etc", "mode 755"}}),
      taken(7, "the same, to a directory that is there",
            TarBuilder().directory("etc", 0711).symlink("a", "/etc").file("a/x", "in"),
            {{"etc/x", "text in"}, {"etc", "mode 711"}}),
      taken(7, "aimed at the canary", TarBuilder().symlink("a", canary).file("a/f", "in"),
            {{inside + "/f", "text in"}}),
      taken(8, "through a link that goes up", TarBuilder().symlink("a", "../../../etc").file("a/x", "in"),
            {{"etc/x", "text in"}}),
      taken(8, "up behind a name", TarBuilder().symlink("a", "b/../../..").file("a/x", "in"), {{"x", "text in"}}),
      taken(9, "through a chain",
            TarBuilder().symlink("a", "b").symlink("b", "c").symlink("c", "/").file("a/etc/x", "in"),
            {{"etc/x", "text in"}}),
      refused(10, "in a circle", TarBuilder().symlink("a", "b").symlink("b", "a").file("a/x"), kLoop),
      refused(10, "41 links to nothing", TarBuilder(chain).file("l0/x"), kLoop),
      refused(10, "41 links to a directory", TarBuilder(chain).directory("l41").file("l0/x"), kLoop),
      taken(25, "40 times through one link", TarBuilder(steps).file(repeated("d/", 40) + "etc/x", "in"),
            {{"etc/x", "text in"}}),
      refused(25, "41 times", TarBuilder(steps).file(repeated("d/", 41) + "etc/x"), kLoop),
  };
}

HostileArchives hard(const std::string& canary) {
  const TarBuilder linked = TarBuilder().file("f", "one").hardlink("x", "/f");
  const auto with_data = [](TarBuilder before) {
    return before.pax(pax_record("size", "4")).add({.name = "b", .type = '1', .data = "evil", .link = "a"});
  };
  return {
      refused(11, "to a file of the host", TarBuilder().hardlink("x", "/etc/passwd"),
              "entry x: create hard link to etc/passwd: No such file or directory"),
      refused(11, "to the canary", TarBuilder().hardlink("x", canary + "/f"), "No such file or directory"),
      taken(12, "to an absolute name of the archive", linked, {{"x", "text one"}, {"f", "links 2"}}),
      refused(13, "up and out", TarBuilder().hardlink("x", "../../etc/passwd"),
              "entry x: its link target ../../etc/passwd leads out of the root"),
      refused(13, "to the root", TarBuilder().hardlink("x", "."), "entry x: it is a hard link to a directory"),
      taken(14, "to a symbolic link, with attributes",
            TarBuilder()
                .symlink("l", canary + "/f")
                .pax(pax_record("SCHILY.xattr.user.a", "b"))
                .add({.name = "h", .type = '1', .link = "l", .mode = 0777, .mtime = 5}),
            {{"h", "link " + canary + "/f"}, {"h", "links 2"}, {"l", "time 1600000000.000000000"}}),
      refused(15, "through a symbolic link", TarBuilder().symlink("d", "/etc").hardlink("h", "d/passwd"),
              "entry h: create hard link to d/passwd: No such file or directory"),
      refused(15, "through one to the canary", TarBuilder().symlink("d", canary).hardlink("h", "d/f"), "No such file"),
      refused(16, "to a directory", TarBuilder().directory("d").hardlink("h", "d"),
              "entry h: create hard link to d: Is"),
      refused(16, "to itself", TarBuilder().file("x").hardlink("x", "x"), "entry x: it is a hard link to itself"),
      refused(16, "to itself behind a link", TarBuilder().file("x").symlink("d", ".").hardlink("d/x", "x"), "No such"),
      refused(16, "to what comes later", TarBuilder().hardlink("h", "later").file("later"),
              "entry h: create hard link"),
      refused(16, "to what it takes the place of", TarBuilder().directory("d").file("d/f").hardlink("d", "d/f"),
              "entry d"),
      refused_above(17, "to a file of the layer below", TarBuilder().file("etc/x"), TarBuilder().hardlink("h", "etc/x"),
                    "entry h: create hard link to etc/x: No such file or directory"),
      refused(18, "with data", TarBuilder().file("a").add({.name = "b", .type = '1', .data = "evil", .link = "a"}),
              "a"),
      refused(18, "with data by a pax header", with_data(TarBuilder().file("a")),
              "entry b: it is a hard link with data"),
      refused(18, "with data, to a symbolic link", with_data(TarBuilder().symlink("a", canary + "/f")), ""),
  };
}

HostileArchives replaced(const std::string& canary) {
  TarBuilder copies, swapped;
  for (int i = 0; i < 20'000; ++i) copies.file("x", "");
  for (int i = 0; i < 1000; ++i) swapped.directory("a").file("a/x", "in").symlink("a", canary).file("a/y", "in");
  return {
      taken(19, "a file in place of a link", TarBuilder().symlink("x", canary + "/f").file("x", "mine"),
            {{"x", "text mine"}}),
      taken(20, "a link in place of a tree",
            TarBuilder().directory("a").file("a/f").file("a/b/c/d").symlink("a", "/etc").file("a/passwd", "in"),
            {{"a", "link /etc"}, {"etc/passwd", "text in"}, {"", "names a etc etc/passwd"}}),
      taken(20, "a thousand times by turns", swapped, {{canary.substr(1) + "/y", "text in"}, {"a", "link " + canary}}),
      taken(21, "a link in place of a directory whose time is still to be set",
            TarBuilder().add({.name = "a", .type = '5', .mode = 0777, .mtime = 7}).symlink("a", canary),
            {{"a", "link " + canary}, {"", "names a"}}),
      taken(22, "a directory in place of a link", TarBuilder().symlink("a", canary).directory("a", 0750).file("a/x"),
            {{"a", "mode 750"}, {"a/x", "text x"}}),
      taken(22, "in place of the link that it lies behind",
            TarBuilder().symlink("x", ".").directory("x/x").file("x/f", "in"),
            {{"x", "directory"}, {"x/f", "text in"}}),
      refused(23, "a file as a parent", TarBuilder().file("a").file("a/b"),
              "entry a/b: open directory a: Not a directory"),
      taken(24, "a file twice", TarBuilder().file("x", "1").file("x", "2"), {{"x", "text 2"}}),
      taken(24, "a directory in place of a file", TarBuilder().file("x").directory("x"), {{"x", "directory"}}),
      taken(24, "a directory twice", TarBuilder().directory("d", 0700).file("d/f").directory("d", 0711),
            {{"d", "mode 711"}, {"d/f", "text x"}}),
      taken(24, "a file 20,000 times", copies, {{"", "names x"}}),
  };
}

}  // namespace

HostileArchives hostile_links(const std::string& canary) {
  HostileArchives rows;
  for (HostileArchives more : {symbolic(canary), hard(canary), replaced(canary)}) {
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

}  // namespace minidock::store
