// Writes tar archives byte by byte, the right ones and the wrong ones: what no tar program would write is what
// the tests of the unpacker need. Source: POSIX.1-2017 pax, "ustar Interchange Format" and "pax Extended Header".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace minidock::store {

// One header. A field given in `fields` is written as it is, over what the other members say.
struct TarEntry {
  std::string name;
  char type = '0';
  std::string data;
  std::string link;
  uint64_t mode = 0644, uid = 0, gid = 0, mtime = 1'600'000'000;
  std::optional<uint64_t> size;  // instead of the data's own
  uint64_t major = 0, minor = 0;
  std::string magic = std::string("ustar\00000", 8);
  std::map<std::string, std::string> fields;  // "size", "uid", "mode", "chksum", "prefix", "devmajor", …
};

class TarBuilder {
 public:
  TarBuilder& add(const TarEntry& entry);
  TarBuilder& file(const std::string& name, const std::string& data = "x", uint64_t mode = 0644);
  TarBuilder& directory(const std::string& name, uint64_t mode = 0755);
  TarBuilder& symlink(const std::string& name, const std::string& target);
  TarBuilder& hardlink(const std::string& name, const std::string& target);
  TarBuilder& node(const std::string& name, char type, uint64_t major, uint64_t minor);
  // A pax header for the next entry ('x') or for all that follow ('g'); `records` as of pax_record().
  TarBuilder& pax(const std::string& records, char type = 'x');
  TarBuilder& gnu_long(const std::string& text, char type = 'L');
  TarBuilder& raw(std::string_view bytes);  // as it is, not padded
  const std::string& unfinished() const { return bytes_; }
  std::string finish() const;  // with the two zero blocks of the end

 private:
  std::string bytes_;
};

std::string pax_record(const std::string& key, const std::string& value);  // "30 mtime=…\n"
std::string base256(uint64_t value, size_t width);  // GNU's form of a number that octal cannot hold
std::string tar_header(const TarEntry& entry);      // 512 bytes with a right checksum

std::string gzipped(std::string_view data, int level = 6, const std::string& name = "");
std::string zstd_packed(std::string_view data, int window_log = 0);  // 0: the level's own
std::string xz_packed(std::string_view data, uint32_t window = 0);
std::string xz_with_large_dictionary(std::string_view data);  // it claims to need 4 GiB
std::string bzip2_packed(std::string_view data);

}  // namespace minidock::store
