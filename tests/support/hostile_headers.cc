// Cases 33..39 and 45..49: numbers, extended headers and sparse maps that lie. Cases 61..72: where a tar ends, what is
// none, dialects and types.
#include "base/text.h"
#include "support/hostile_archives.h"

namespace minidock::store {

namespace {

const std::string kOldGnu("ustar  \0", 8);

TarBuilder with_field(const std::string& field, const std::string& text) {
  return TarBuilder().file("a").add({.name = "b", .data = "x", .fields = {{field, text}}});
}

TarBuilder after_pax(const std::string& records) {
  return TarBuilder().pax(records).file("a");
}

// pax 1.0: the map lies before the data, in whole blocks.
TarBuilder sparse(const std::string& map, const std::string& real_size, const std::string& data) {
  const std::string head = map + std::string((512 - map.size() % 512) % 512, '\0');
  return TarBuilder()
      .pax(pax_record("GNU.sparse.major", "1") + pax_record("GNU.sparse.minor", "0") +
           pax_record("GNU.sparse.name", "s") + pax_record("GNU.sparse.realsize", real_size))
      .file("GNUSparseFile.0/s", head + data);
}

Bytes empty_pieces(size_t count) {
  return Bytes([count] {
    const std::string tar = sparse(cat(count, "\n") + repeated("0\n0\n", count), "5", "").finish();
    return count > 1'000'000 ? gzipped(tar, 9) : tar;
  });
}

HostileArchives sizes() {
  const std::string data(1024, 'd');
  return {
      refused(33, "a negative size", with_field("size", std::string(12, '\xff')), "archive, after entry a: damaged"),
      refused(34, "the largest size", with_field("size", base256(0x7fffffffffffffff, 12)), "after entry a"),
      refused(34, "a size that is no number", with_field("size", "zzzzzzzzzzz"), "b"),
      refused(35, "a negative size in a pax header", after_pax(pax_record("size", "-5")), "archive: damaged"),
      taken(36, "a size in a pax header and another in the header",
            TarBuilder().pax(pax_record("size", "1024")).add({.name = "a", .data = data, .size = 3}).file("b"),
            {{"a", "text " + data}, {"b", "text x"}}),
      refused(36, "the same where the header is right",
              TarBuilder().pax(pax_record("size", "1024")).file("a", "abc").file("b"), "a"),
      refused(37, "a record longer than its header", after_pax("999 path=evil\n"), "archive: damaged"),
      refused(37, "a record without an end", after_pax("12 path=evil"), "archive: damaged"),
      refused(37, "a record without a length", after_pax("path=evil\n"), "archive: damaged"),
      refused(38, "two pax headers", TarBuilder().pax(pax_record("path", "b")).pax(pax_record("path", "c")).file("a"),
              "archive: damaged"),
      refused(39, "a pax header of 8 GiB",
              TarBuilder().add({.name = "x", .type = 'x', .size = uint64_t{8} << 30}).file("a"), "archive: damaged"),
      taken(39, "a name for all that follow", TarBuilder().pax(pax_record("path", "evil"), 'g').file("a").file("b"),
            {{"", "names a b"}}),
  };
}

HostileArchives maps() {
  std::string holes(4096, '\0');
  holes.replace(512, 3, "abc").replace(2000, 3, "def");
  const std::string outside = "entry s: a piece of its data lies outside the file or over another";
  return {
    taken(45, "a sparse file", sparse("2\n512\n3\n2000\n3\n", "4096", "abcdef"), {{"s", "text " + holes}}),
        taken(45, "a million pieces of nothing", empty_pieces(1'000'000), {{"s", "size 5"}}),
#if !defined(__SANITIZE_ADDRESS__)  // the limit on memory is lifted there
        refused(46, "ten million pieces in 39 KiB", empty_pieces(10'000'000),
                "the archive needs more memory than its reader may have"),
#endif
        refused(47, "a count of pieces that cannot be", sparse("99999999999\n", "10", ""), "archive: damaged"),
        refused(48, "an exbibyte with a byte in it", sparse("1\n0\n1\n", "1152921504606846976", "x"),
                "entry s: it has 1EiB, the limit for one file is 16GiB"),
        refused(48, "a byte over the limit", sparse("1\n0\n1\n", "17179869185", "x"),
                "the limit for one file is 16GiB"),
        refused(49, "pieces over one another", sparse("2\n0\n3\n1\n3\n", "10", "abcdef"), outside),
        refused(49, "pieces in the wrong order", sparse("2\n6\n3\n0\n3\n", "10", "abcdef"), outside),
        refused(49, "a piece behind the end", sparse("1\n100\n3\n", "10", "abc"), outside),
  };
}

HostileArchives ends() {
  const std::string whole = TarBuilder().file("etc/passwd", std::string(2000, 'p')).file("b").finish();
  const auto changed = [&whole](size_t at) {
    std::string bytes = whole;
    bytes[at] ^= 1;
    return bytes;
  };
  const TarBuilder one = TarBuilder().file("a");
  const std::vector<Sight> only_a = {{"", "names a"}};
  return {
      refused(61, "an empty file", std::string(), "not a tar archive: this is an empty file"),
      taken(62, "two blocks of zeros", std::string(1024, '\0'), {{"", "names"}}),
      taken(62, "one block of zeros", std::string(512, '\0'), {{"", "names"}}),
      refused(62, "less than a block", std::string(100, '\0'), "not a tar archive"),
      taken(63, "no end", one.unfinished(), {{"", "names a"}, {"", "warns without end-of-archive blocks"}}),
      refused(64, "data cut short", whole.substr(0, 512 + 1000), "entry etc/passwd: data cut short"),
      refused(64, "a header cut short", whole.substr(0, 512 + 2048 + 100),
              "archive, after entry etc/passwd: cut short"),
      refused(65, "a wrong sum in the first header", changed(0), "the checksum of its first header is wrong"),
      refused(65, "in the second", changed(512 + 2048), "archive, after entry etc/passwd: damaged"),
      taken(66, "another tar behind the end", one.finish() + TarBuilder().file("b").finish(), only_a),
      taken(66, "garbage behind the end", one.finish() + std::string(5000, 'g'), only_a),
      taken(66, "8 MiB behind the end", one.finish() + std::string(8 << 20, '\0'), only_a),
  };
}

HostileArchives others() {
  const std::string filler(1000, 'z');
  const std::pair<std::string, std::string> formats[] = {
      {"070701" + filler, "a cpio archive"},
      {"PK\3\4" + filler, "a zip file"},
      {"7z\xbc\xaf\x27\x1c" + filler, "a 7z file"},
      {"Rar!\x1a\x07\x01" + filler, "a rar file"},
      {std::string(32769, '\0') + "CD001" + std::string(5000, '\0'), "an ISO 9660 image"},
      {"\177ELF" + filler, "an ELF program"},
      {"<!DOCTYPE html><html>not found</html>", "a web page"},
      {"random bytes of no format at all", "of no known format"},
  };
  HostileArchives rows;
  for (const auto& [bytes, name] : formats) {
    rows.push_back(refused(67, name + " with another name", bytes, "not a tar archive: this is " + name));
  }
  return rows;
}

HostileArchives dialects() {
  TarBuilder all;
  all.add({.name = "v7", .type = '\0', .data = "1", .magic = std::string(8, '\0')});
  all.add({.name = "v7dir/", .type = '\0', .magic = std::string(8, '\0')});
  all.add({.name = "gnu", .data = "2", .magic = kOldGnu});
  all.add({.name = "name", .data = "3", .fields = {{"prefix", "in/prefix"}}});
  all.add({.name = "contiguous", .type = '7', .data = "4"});
  const uint64_t beyond = uint64_t{1} << 32;
  return {
      taken(68, "every dialect", all,
            {{"v7", "text 1"},
             {"v7dir", "directory"},
             {"gnu", "text 2"},
             {"in/prefix/name", "text 3"},
             {"contiguous", "text 4"}}),
      taken(69, "an unknown type is a file", TarBuilder().add({.name = "q", .type = 'Q', .data = "5"}),
            {{"q", "text 5"}}),
      refused(69, "the second volume of an archive",
              TarBuilder().add({.name = "m", .type = 'M', .data = "x", .magic = kOldGnu}),
              "entry m: it has a type that a root filesystem cannot hold"),
      taken(70, "nodes", TarBuilder().node("sda", '4', 8, 0).node("mem", '3', 1, 1).node("pipe", '6', 0, 0),
            {{"sda", "block 8:0"}, {"mem", "char 1:1"}, {"pipe", "fifo"}}),
      taken(71, "overlayfs' mark of a removed name", TarBuilder().node("gone", '3', 0, 0).file("a"),
            {{"", "names a"}, {"", "warns 1 character devices 0:0 left out"}}),
      taken_above(71, "the same above a layer", TarBuilder().file("gone", "here"),
                  TarBuilder().node("gone", '3', 0, 0).file("a"), {{"", "names a gone"}, {"gone", "text here"}}),
      refused(72, "a major number that no device has", TarBuilder().node("b", '4', beyond, 0),
              "entry b: its device number 4294967296:0 does not exist on Linux"),
      refused(72, "such a minor number", TarBuilder().node("b", '4', 8, beyond), "does not exist on Linux"),
  };
}

}  // namespace

HostileArchives hostile_headers() {
  HostileArchives rows = sizes();
  const HostileArchives more = maps();
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

HostileArchives hostile_forms() {
  HostileArchives rows;
  for (HostileArchives more : {ends(), others(), dialects()}) rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace minidock::store
