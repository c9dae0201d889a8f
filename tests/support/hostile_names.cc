// Cases 1..30, and 31, 32 with them: names, and what is too many or too long.
#include "base/text.h"
#include "support/hostile_archives.h"

namespace minidock::store {

namespace {

TarBuilder file(const std::string& name, const std::string& data = "x") {
  return TarBuilder().file(name, data);
}

std::string many_files(size_t count) {
  std::string bytes;
  bytes.reserve((count + 2) * 512);
  for (size_t i = 0; i < count; ++i) bytes += tar_header({.name = cat("d", i % 100, "/f", i)});
  return bytes + std::string(1024, '\0');
}

HostileArchives limits() {
  const std::string component(255, 'c');
  const std::string path = repeated(std::string(254, 'p') + "/", 16) + std::string(15, 'p');
  HostileArchives rows;
  rows.push_back(taken(26, "a link to 4,095 bytes", TarBuilder().symlink("l", std::string(4095, 't')),
                       {{"l", "link " + std::string(4095, 't')}}));
  rows.push_back(refused(26, "a link to 4,096 bytes", TarBuilder().symlink("l", std::string(4096, 't')),
                         "entry l: create symbolic link: File name too long"));
  rows.push_back(refused(26, "a link to 64 KiB", TarBuilder().symlink("l", std::string(64 << 10, 't')), "entry l: "));
  rows.push_back(taken(27, "a part of 255 bytes", with_path(component), {{component, "text x"}}));
  rows.push_back(refused(27, "a part of 256 bytes", with_path("d/" + component + "c"),
                         "a part of its path has 256 bytes, the limit is 255"));
  rows.push_back(taken(28, "a path of 4,095 bytes", TarBuilder().gnu_long(path).file("x"),
                       {{std::string(254, 'p'), "directory"}}));
  rows.push_back(refused(28, "a path of 5,995 bytes", TarBuilder().gnu_long(repeated("0123456789/", 545)).file("x"),
                         "bytes, the limit is 4095"));
  const std::string cut = TarBuilder().gnu_long(std::string(600, 'a')).file("x").finish();
  rows.push_back(refused(29, "a long name of 2 MiB", TarBuilder().gnu_long(std::string(2 << 20, 'a')).file("x"),
                         "archive: damaged"));
  rows.push_back(refused(29, "a long name that is cut", cut.substr(0, 800), "archive: cut short"));
  rows.push_back(refused(29, "a long name and no entry for it", cut.substr(0, 1024), "archive: cut short"));
  rows.push_back(refused(30, "1,025 directories deep", with_path(repeated("d/", 1024) + "x"),
                         "it lies 1025 directories deep, the limit is 1024"));
  rows.push_back(taken(30, "1,024 directories deep", with_path(repeated("d/", 1023) + "x"),
                       {{repeated("d/", 1023) + "x", "text x"}}));
  rows.push_back(taken(31, "10,000 empty files", Bytes([] { return many_files(10'000); }), {{"d99/f9999", "size 0"}}));
  rows.push_back(
      taken(31, "a million empty files", Bytes([] { return many_files(1'000'000); }), {{"d99/f999999", "size 0"}}));
  rows.back().only_long = true;
  rows.push_back(refused(32, "a million and one entries", Bytes([] { return many_files(1'000'001); }),
                         "the archive has more than 1000000 entries, the limit for one layer"));
  rows.back().only_long = true;
  return rows;
}

// Nested one by one: a tar that no single name shows the depth of until it is too deep.
HostileArchives depth() {
  TarBuilder nested;
  std::string name;
  while (name.size() < 4000) {
    name += "d/";
    nested.pax(pax_record("path", name)).directory("d");
  }
  const std::string deep = repeated(std::string(150, 'd') + "/", 10);
  TarBuilder chain;
  for (int i = 0; i < 4; ++i) chain.symlink(cat("l", i), i == 0 ? deep : cat("l", i - 1, "/", deep));
  return {refused(30, "directories nested without end", nested, "the limit is 1024"),
          refused(30, "deep behind links", chain.file("l3/end"), "behind links its path has over 4095 bytes")};
}

}  // namespace

std::string repeated(const std::string& part, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += part;
  return text;
}

std::string with_path(const std::string& path) {
  return TarBuilder().pax(pax_record("path", path)).file("x").finish();
}

HostileArchives hostile_names(const std::string& canary) {
  HostileArchives rows = {
      refused(1, "up and out", file("../../etc/x"), "entry ../../etc/x: its name leads out of the root"),
      refused(1, "out behind a name", file("a/../../x"), "entry a/../../x: its name leads out of the root"),
      refused(1, "out from the root", file("/.." + canary + "/f"), "its name leads out of the root"),
      refused(1, "the parent itself", file(".."), "entry ..: its name leads out of the root"),
      taken(2, "names written oddly", file("a/../b").file("./c").file("//x//y"), {{"", "names b c x x/y"}}),
      taken(3, "an absolute name", file("/etc/x"), {{"", "names etc etc/x"}}),
      refused(5, "a link in place of the root", TarBuilder().symlink(".", "/etc"), "replace the root directory"),
      refused(5, "the same, absolute", TarBuilder().symlink("/.", canary), "replace the root directory"),
      refused(5, "a file in place of the root", file("/."), "it would replace the root directory"),
      refused(5, "a hard link in its place", file("x").hardlink(".", "x"), "replace the root directory"),
      refused(6, "no name", file(""), "entry number 1: it has no name"),
      // POSIX has an empty value take the header's name away; libarchive lets the header's stand.
      taken(6, "an empty name in a pax header", TarBuilder().pax(pax_record("path", "")).file("a"), {{"", "names a"}}),
      taken(40, "a zero byte in a name", with_path(std::string("a\0b", 3)), {{"", "names a"}}),
      taken(41, "control bytes in a name", file("a\nb\x1b[31m\x7f"), {{"a\nb\x1b[31m\x7f", "text x"}}),
      refused(41, "control bytes in a message", file("../a\nb\x1b[31m\x7f"),
              "entry ../a\\nb\\x1b[31m\\x7f: its name leads out of the root"),
      taken(42, "a name that is not UTF-8", file("caf\xe9"), {{"caf\xe9", "text x"}}),
      taken(42, "the same in a pax header", with_path("caf\xe9"), {{"caf\xe9", "text x"}}),
      taken(43, "UTF-8 in a pax header, without a locale", with_path("gr\xc3\xb6\xc3\x9f"),
            {{"gr\xc3\xb6\xc3\x9f", "text x"}}),
      taken(44, "a header that says that it is no text",
            TarBuilder().pax(pax_record("hdrcharset", "BINARY") + pax_record("path", "caf\xe9")).file("y"),
            {{"caf\xe9", "text x"}}),
  };
  for (const char* name : {".", "./", "/"}) {
    rows.push_back(taken(4, cat("attributes of the root, as ", name), TarBuilder().directory(name, 0700).file("a"),
                         {{".", "mode 755"}, {"", "names a"}}));
  }
  for (HostileArchives more : {limits(), depth()}) rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace minidock::store
