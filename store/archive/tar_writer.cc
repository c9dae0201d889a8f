#include "store/archive/tar_writer.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/text.h"
#include "store/archive/path.h"

namespace minidock::store {

namespace {

constexpr size_t kHeaderBytes = 512;
constexpr size_t kSinkBytes = 256 << 10;
constexpr size_t kNameBytes = 100;
constexpr uint64_t kLargestId = 07777777;        // seven octal digits
constexpr uint64_t kLargestSize = 077777777777;  // eleven

struct Header {
  char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6], version[2],
      user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};
static_assert(sizeof(Header) == kHeaderBytes);

template <size_t Size>
void put_text(char (&field)[Size], std::string_view text) {
  std::memcpy(field, text.data(), std::min(text.size(), Size));
}

// Right-justified octal digits and a NUL; the caller has seen to it that the value fits.
template <size_t Size>
void put_octal(char (&field)[Size], uint64_t value) {
  field[Size - 1] = 0;
  for (size_t i = Size - 1; i-- > 0; value >>= 3) field[i] = static_cast<char>('0' + (value & 7));
}

void seal(Header& header) {
  std::memset(header.checksum, ' ', sizeof header.checksum);
  unsigned sum = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(&header);
  for (size_t i = 0; i < kHeaderBytes; ++i) sum += bytes[i];
  char digits[7];
  put_octal(digits, sum);
  put_text(header.checksum, {digits, sizeof digits});  // six digits, NUL, and the space that is there
}

char type_letter(EntryType type) {
  switch (type) {
    case EntryType::file:
      return '0';
    case EntryType::hardlink:
      return '1';
    case EntryType::symlink:
      return '2';
    case EntryType::character_device:
      return '3';
    case EntryType::block_device:
      return '4';
    case EntryType::directory:
      return '5';
    case EntryType::fifo:
      return '6';
  }
  return '0';
}

std::string full_name(const Entry& entry) {
  return entry.type == EntryType::directory ? entry.path + "/" : entry.path;
}

// "LENGTH KEY=VALUE\n", where LENGTH counts itself.
void add_record(std::string& records, std::string_view key, std::string_view value) {
  const size_t rest = key.size() + value.size() + 3;
  size_t length = rest + 1;
  while (rest + cat(length).size() != length) length = rest + cat(length).size();
  records += cat(length, " ", key, "=", value, "\n");
}

bool is_utf8(std::string_view text) {
  // printable() leaves valid UTF-8 alone but for control bytes, which are fine here.
  std::string plain(text);
  std::replace_if(
      plain.begin(), plain.end(), [](char letter) { return static_cast<unsigned char>(letter) < 0x80; }, 'a');
  return printable(plain) == plain;
}

std::string time_text(Nanoseconds time) {
  Nanoseconds seconds = time / kSecond;
  Nanoseconds fraction = time % kSecond;
  std::string digits = cat(fraction < 0 ? -fraction : fraction);
  const char* sign = time < 0 ? "-" : "";
  if (fraction == 0) return cat(seconds);
  digits.insert(0, 9 - digits.size(), '0');
  digits.erase(digits.find_last_not_of('0') + 1);
  return cat(sign, seconds < 0 ? -seconds : seconds, ".", digits);
}

// What the header cannot say.
std::string pax_records(const Entry& entry) {
  std::string records;
  const std::string name = full_name(entry);
  if (name.size() > kNameBytes && !(is_utf8(name) && is_utf8(entry.target))) {
    // Names are UTF-8 in pax records; these are not.
    add_record(records, "hdrcharset", "BINARY");
  } else if (entry.target.size() > kNameBytes && !is_utf8(entry.target)) {
    add_record(records, "hdrcharset", "BINARY");
  }
  if (name.size() > kNameBytes) add_record(records, "path", name);
  if (entry.target.size() > kNameBytes) add_record(records, "linkpath", entry.target);
  if (entry.size > kLargestSize) add_record(records, "size", cat(entry.size));
  if (entry.uid > kLargestId) add_record(records, "uid", cat(entry.uid));
  if (entry.gid > kLargestId) add_record(records, "gid", cat(entry.gid));
  if (entry.mtime % kSecond != 0 || entry.mtime < 0 || static_cast<uint64_t>(entry.mtime / kSecond) > kLargestSize) {
    add_record(records, "mtime", time_text(entry.mtime));
  }
  for (const Xattr& xattr : entry.xattrs) add_record(records, cat("SCHILY.xattr.", xattr.name), xattr.value);
  return records;
}

Header make_header(const Entry& entry) {
  Header header = {};
  put_text(header.name, full_name(entry));
  put_octal(header.mode, entry.mode & 07777);
  put_octal(header.uid, entry.uid > kLargestId ? 0 : entry.uid);
  put_octal(header.gid, entry.gid > kLargestId ? 0 : entry.gid);
  const bool has_data = entry.type == EntryType::file;
  put_octal(header.size, has_data && entry.size <= kLargestSize ? entry.size : 0);
  const Nanoseconds seconds = entry.mtime / kSecond;
  put_octal(header.mtime, entry.mtime >= 0 && static_cast<uint64_t>(seconds) <= kLargestSize ? seconds : 0);
  header.type = type_letter(entry.type);
  put_text(header.link, entry.target);
  put_text(header.magic, {"ustar\0", 6});
  put_text(header.version, "00");
  if (entry.type == EntryType::character_device || entry.type == EntryType::block_device) {
    put_octal(header.major, major(entry.device));
    put_octal(header.minor, minor(entry.device));
  }
  seal(header);
  return header;
}

std::string_view bytes_of(const Header& header) {
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

}  // namespace

TarWriter::TarWriter(TarSink sink) : sink_(std::move(sink)) {
  buffer_.reserve(kSinkBytes);
}

void TarWriter::add(const Entry& entry) {
  put_header(entry, pax_records(entry));
}

void TarWriter::add_sparse(const Entry& entry, const std::vector<FilePiece>& pieces) {
  std::string map = cat(pieces.size() + 1, "\n");
  Entry stored = entry;
  stored.size = 0;
  for (const FilePiece& piece : pieces) {
    map += cat(piece.offset, "\n", piece.size, "\n");
    stored.size += piece.size;
  }
  map += cat(entry.size, "\n0\n");  // where the file ends, be it with a hole
  map.resize((map.size() + kHeaderBytes - 1) / kHeaderBytes * kHeaderBytes);
  stored.size += map.size();
  // What does not know the records below makes a file of this name, and keeps the pieces.
  stored.path = cat("GNUSparseFile.0/", std::string(leaf_of(entry.path)).substr(0, kNameBytes - 20));
  std::string records;
  if (!is_utf8(entry.path)) add_record(records, "hdrcharset", "BINARY");
  add_record(records, "GNU.sparse.major", "1");
  add_record(records, "GNU.sparse.minor", "0");
  add_record(records, "GNU.sparse.name", entry.path);
  add_record(records, "GNU.sparse.realsize", cat(entry.size));
  put_header(stored, records + pax_records(stored));
  write(map);
}

void TarWriter::put_header(const Entry& entry, const std::string& records) {
  end_file();
  if (!records.empty()) put_record(entry, records);
  put(bytes_of(make_header(entry)));
  ++entries_;
  if (entry.type != EntryType::file) return;
  file_left_ = entry.size;
  file_padding_ = (kHeaderBytes - entry.size % kHeaderBytes) % kHeaderBytes;
}

void TarWriter::put_record(const Entry& entry, const std::string& records) {
  Header header = {};
  const std::string leaf = std::string(leaf_of(entry.path)).substr(0, kNameBytes - 20);
  put_text(header.name, cat("PaxHeaders.0/", leaf));
  put_octal(header.mode, 0644);
  put_octal(header.uid, 0);
  put_octal(header.gid, 0);
  put_octal(header.size, records.size());
  put_octal(header.mtime, 0);
  header.type = 'x';
  put_text(header.magic, {"ustar\0", 6});
  put_text(header.version, "00");
  seal(header);
  put(bytes_of(header));
  put(records);
  put_zeros((kHeaderBytes - records.size() % kHeaderBytes) % kHeaderBytes);
}

void TarWriter::write(std::string_view bytes) {
  if (bytes.size() > file_left_) throw_error(ErrorKind::internal, "write tar: more data than its header says");
  file_left_ -= bytes.size();
  put(bytes);
}

void TarWriter::end_file() {
  put_zeros(file_left_ + file_padding_);
  file_left_ = file_padding_ = 0;
}

void TarWriter::finish() {
  end_file();
  put_zeros(2 * kHeaderBytes);
  sink_(buffer_);
  buffer_.clear();
}

void TarWriter::put(std::string_view bytes) {
  bytes_ += bytes.size();
  buffer_ += bytes;
  if (buffer_.size() < kSinkBytes) return;
  sink_(buffer_);
  buffer_.clear();
}

void TarWriter::put_zeros(uint64_t count) {
  static const std::string zeros(64 << 10, '\0');
  while (count > 0) {
    const uint64_t part = std::min<uint64_t>(count, zeros.size());
    put(std::string_view(zeros).substr(0, part));
    count -= part;
  }
}

}  // namespace minidock::store
