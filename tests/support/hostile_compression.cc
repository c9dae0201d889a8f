// Cases 50..60: compressed archives.
#include "base/text.h"
#include "support/hostile_archives.h"

namespace minidock::store {

namespace {

std::string flipped(std::string data, size_t at) {
  data[at] ^= 0x10;
  return data;
}

const std::string& tar() {
  static const std::string bytes = TarBuilder().file("a", std::string(100'000, 'a')).file("b", "bb").finish();
  return bytes;
}

HostileArchive whole(int number, std::string what, std::string bytes) {
  return taken(number, std::move(what), std::move(bytes), {{"a", "size 100000"}, {"b", "text bb"}});
}

// 10 GiB in 10 MB: one megabyte of it compressed, again and again, each a member of its own.
std::string bomb() {
  const std::string zeros = gzipped(std::string(64 << 20, '\0'), 9);
  return gzipped(tar_header({.name = "zeros", .size = uint64_t{10} << 30})) + repeated(zeros, 160);
}

HostileArchives gzip() {
  const std::string good = gzipped(tar());
  const std::string stored = gzipped(tar(), 0);
  const std::string half = tar().substr(0, 50'000), rest = tar().substr(50'000);
  std::string deep = tar();
  for (int i = 0; i < 30; ++i) deep = gzipped(deep);
  const std::string garbage = "garbage behind the end of the gzip data";
  return {
      refused(50, "10 GiB of zeros in 10 MB", Bytes(bomb), "the archive grows more than 1000 times when uncompressed"),
      refused(51, "two levels", gzipped(good), "compressed more than once: what was unpacked is a gzip file"),
      refused(51, "two levels of two kinds", xz_packed(good), "compressed more than once"),
      refused(51, "two levels of zstd", zstd_packed(zstd_packed(tar())), "compressed more than once"),
      refused(51, "two levels of bzip2", bzip2_packed(bzip2_packed(tar())), "compressed more than once"),
      refused(51, "thirty levels", deep, "compressed more than once"),
      whole(52, "two members", gzipped(half) + gzipped(rest)),
      whole(52, "an empty member before it", gzipped("") + good),
      refused(53, "garbage behind the end", good + "garbage", garbage),
      refused(53, "zeros behind the end", good + std::string(1000, '\0'), garbage),
      refused(53, "the beginning of a member behind the end", good + "\x1f\x8b", "gzip data"),
      refused(54, "a wrong CRC", flipped(good, good.size() - 8), "damaged gzip data: incorrect data check"),
      refused(54, "a wrong length", flipped(good, good.size() - 4), "damaged gzip data: incorrect "),
      refused(54, "a bit of the data", flipped(stored, stored.size() / 2), "damaged gzip data: incorrect data check"),
      refused(55, "four bytes missing", good.substr(0, good.size() - 4), "gzip data cut short"),
      refused(55, "half of it missing", good.substr(0, good.size() / 2), "gzip data cut short"),
      whole(56, "a file name of 300 KiB in its header", gzipped(tar(), 6, std::string(300 << 10, 'n'))),
      refused(56, "a file name of 2 MiB", gzipped(tar(), 6, std::string(2 << 20, 'n')),
              "the header of a member is over 1048576 bytes"),
  };
}

HostileArchives the_others() {
  const std::string zstd = zstd_packed(tar()), xz = xz_packed(tar()), bzip2 = bzip2_packed(tar());
  const std::string half = tar().substr(0, 50'000), rest = tar().substr(50'000);
  return {
      whole(57, "two frames", zstd_packed(half) + zstd_packed(rest)),
      whole(57, "a frame to be skipped first", std::string("\x50\x2a\x4d\x18\x04\x00\x00\x00skip", 12) + zstd),
      refused(58, "zstd cut", zstd.substr(0, zstd.size() - 3), "zstd data cut short"),
      refused(58, "garbage behind zstd", zstd + "garbage", "zstd data"),
      refused(58, "a window of 2 GiB", zstd_packed(tar(), 31), "zstd data"),
      refused(58, "a wrong check of zstd", flipped(zstd, zstd.size() - 2), "zstd data"),
      refused(59, "a wrong check of xz", flipped(xz, xz.size() / 2), "xz data"),
      refused(59, "xz cut in half", xz.substr(0, xz.size() / 2), "xz data cut short"),
      refused(59, "xz cut at its end", xz.substr(0, xz.size() - 6), "xz data cut short"),
      refused(59, "garbage behind xz", xz + "garbage!", "xz data"),
      refused(59, "a dictionary of 4 GiB", xz_with_large_dictionary(tar()), "needs a window of more than 128 MiB"),
      refused(60, "a wrong CRC of bzip2", flipped(bzip2, bzip2.size() - 3), "bzip2 data"),
      refused(60, "a bit of bzip2", flipped(bzip2, 12), "bzip2 data"),
      refused(60, "bzip2 cut", bzip2.substr(0, bzip2.size() - 5), "bzip2 data cut short"),
      refused(60, "garbage behind bzip2", bzip2 + "garbage", "garbage behind the end of the bzip2 data"),
  };
}

}  // namespace

HostileArchives hostile_compression() {
  HostileArchives rows = gzip();
  const HostileArchives more = the_others();
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace minidock::store
