// Names: what leads out of the layer, what is only written oddly, and what is too much.
#include "support/unpack_fixture.h"

namespace minidock::store {
namespace {

using UnpackNames = UnpackTest;

std::string one_file(const std::string& name) {
  return TarBuilder().file(name).finish();
}

// Names over 100 bytes need a pax header.
std::string long_name(const std::string& name) {
  return TarBuilder().pax(pax_record("path", name)).file("x").finish();
}

std::string repeated(const std::string& part, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += part;
  return text;
}

TEST_F(UnpackNames, LeadingOutIsRefused) {
  refuse(one_file("../../etc/x"), "entry ../../etc/x: its name leads out of the root");
  refuse(one_file("a/../../x"), "leads out of the root");
  refuse(one_file("/../canary/f"), "leads out of the root");
  refuse(one_file(".."), "leads out of the root");
}

TEST_F(UnpackNames, OddSpellingsAreCleaned) {
  const Layer layer = accept(TarBuilder().file("a/../b").file("./c").file("//x//y").file("/etc/z").finish());
  EXPECT_EQ(layer.names(), (std::vector<std::string>{"b", "c", "etc", "etc/z", "x", "x/y"}));
  EXPECT_EQ(layer.text("etc/z"), "x");
}

TEST_F(UnpackNames, AttributesOfTheRootAreNotTaken) {
  for (const char* name : {".", "./", "/"}) {
    const Layer layer = accept(TarBuilder().directory(name, 0700).finish());
    EXPECT_EQ(layer.result().entries, 1u);
    EXPECT_EQ(layer.info(".").st_mode & 07777, 0755u);
    EXPECT_TRUE(layer.names().empty());
  }
}

TEST_F(UnpackNames, TheRootIsNotReplaced) {
  for (const char* name : {".", "/.", "./"}) {
    refuse(TarBuilder().symlink(name, "/etc").finish(), "it would replace the root directory");
  }
  refuse(one_file("/."), "it would replace the root directory");
  refuse(TarBuilder().file("x").hardlink(".", "x").finish(), "it would replace the root directory");
}

TEST_F(UnpackNames, AnEmptyNameIsRefused) {
  refuse(one_file(""), "entry number 1: it has no name");
  // POSIX has an empty value take the header's name away; libarchive lets the header's stand.
  EXPECT_EQ(accept(TarBuilder().pax(pax_record("path", "")).file("a").finish()).text("a"), "x");
}

TEST_F(UnpackNames, LimitsAreLimits) {
  const std::string component(255, 'c');
  EXPECT_EQ(accept(long_name(component)).text(component), "x");
  refuse(long_name("d/" + component + "c"), "a part of its path has 256 bytes, the limit is 255");
  EXPECT_FALSE(std::string(unpack(long_name("d/" + component + "c"))).empty());
  EXPECT_EQ(list_tree(layer_path(), false), "");  // refused before anything was made

  const std::string path = repeated(std::string(254, 'p') + "/", 16) + std::string(15, 'p');
  EXPECT_EQ(accept(TarBuilder().gnu_long(path).file("x").finish()).names().size(), 17u);
  refuse(TarBuilder().gnu_long(repeated("0123456789/", 545)).file("x").finish(), "bytes, the limit is 4095");
  refuse(long_name(repeated("d/", 1024) + "x"), "it lies 1025 directories deep, the limit is 1024");
  accept(long_name(repeated("d/", 1023) + "x"));
}

TEST_F(UnpackNames, TenThousandNestedDirectoriesAreRefused) {
  TarBuilder tar;
  std::string name;
  for (int depth = 0; depth < 10'000 && name.size() < 4000; ++depth) {
    name += "d/";
    tar.pax(pax_record("path", name)).directory("d");
  }
  refuse(tar.finish(), "the limit is 1024");
}

// Each link goes deeper, with a short name: depth that no single name shows.
TEST_F(UnpackNames, DepthThroughLinks) {
  const std::string deep = repeated(std::string(150, 'd') + "/", 10);
  const auto chain = [&](int links) {
    TarBuilder tar;
    for (int i = 0; i < links; ++i) {
      tar.symlink("l" + std::to_string(i), i == 0 ? deep : "l" + std::to_string(i - 1) + "/" + deep);
    }
    return tar.file("l" + std::to_string(links - 1) + "/end").finish();
  };
  EXPECT_EQ(accept(chain(2)).names().size(), 10u * 2 + 2 + 1);
  refuse(chain(4), "behind links its path has over 4095 bytes");
}

TEST_F(UnpackNames, LongNamesThatLie) {
  refuse(TarBuilder().gnu_long(std::string(2 << 20, 'a')).file("x").finish(), "archive: damaged");
  const std::string whole = TarBuilder().gnu_long(std::string(600, 'a')).file("x").finish();
  refuse(whole.substr(0, 800), "cut short");
  refuse(whole.substr(0, 1024), "cut short");
}

TEST_F(UnpackNames, OddBytesAreKeptAndPrintedEscaped) {
  const std::string odd = "a\nb\x1b[31m\x7f";
  EXPECT_EQ(accept(one_file(odd)).names(), std::vector<std::string>{odd});
  refuse(one_file("../" + odd), "entry ../a\\nb\\x1b[31m\\x7f: its name leads out of the root");
}

TEST_F(UnpackNames, BytesThatAreNotUtf8AreKept) {
  const std::string raw = "caf\xe9";
  EXPECT_EQ(accept(one_file(raw)).names(), std::vector<std::string>{raw});
  EXPECT_EQ(accept(long_name(raw)).text(raw), "x");
  EXPECT_EQ(accept(TarBuilder().pax(pax_record("hdrcharset", "BINARY") + pax_record("path", raw)).file("y").finish())
                .text(raw),
            "x");
}

TEST_F(UnpackNames, Utf8NamesNeedNoLocale) {
  const std::string name =
      "gr\xc3\xb6\xc3\x9f"
      "e";
  EXPECT_EQ(accept(long_name(name)).text(name), "x");
  EXPECT_EQ(accept(one_file(name)).text(name), "x");
}

TEST_F(UnpackNames, NameCutAtNulByLibarchiveStaysInside) {
  const Layer layer = accept(long_name(std::string("a\0b", 3)));
  EXPECT_EQ(layer.names(), std::vector<std::string>{"a"});
}

TEST_F(UnpackNames, TheMarkOfDockerExportIsDropped) {
  const Layer layer =
      accept(TarBuilder().file(".dockerenv", "").file("etc/hostname", "", 0755).directory("proc").finish());
  EXPECT_EQ(layer.names(), (std::vector<std::string>{"etc", "etc/hostname", "proc"}));
}

}  // namespace
}  // namespace minidock::store
