#include "store/archive/sniff.h"

#include <optional>

#include "base/text.h"

namespace minidock::store {

namespace {

using std::string_view_literals::operator""sv;

constexpr size_t kBlock = 512;

struct Magic {
  size_t offset;
  std::string_view bytes;
  ArchiveKind kind;
  std::string_view name;
};

// Only the beginning decides: what a file is called does not count.
constexpr Magic kMagics[] = {
    {0, "\x1f\x8b"sv, ArchiveKind::gzip, "a gzip file"},
    {0, "\x28\xb5\x2f\xfd"sv, ArchiveKind::zstd, "a zstd file"},
    {0, "\3757zXZ\0"sv, ArchiveKind::xz, "an xz file"},
    {0, "BZh"sv, ArchiveKind::bzip2, "a bzip2 file"},
    {0, "PK\3\4"sv, ArchiveKind::unsupported, "a zip file"},
    {0, "PK\5\6"sv, ArchiveKind::unsupported, "a zip file"},
    {0, "7z\xbc\xaf\x27\x1c"sv, ArchiveKind::unsupported, "a 7z file"},
    {0, "Rar!\x1a\7"sv, ArchiveKind::unsupported, "a rar file"},
    {0, "070701"sv, ArchiveKind::unsupported, "a cpio archive"},
    {0, "070702"sv, ArchiveKind::unsupported, "a cpio archive"},
    {0, "070707"sv, ArchiveKind::unsupported, "a cpio archive"},
    {0, "\xc7\x71"sv, ArchiveKind::unsupported, "a cpio archive"},
    {0, "\x71\xc7"sv, ArchiveKind::unsupported, "a cpio archive"},
    {0, "!<arch>\ndebian-binary"sv, ArchiveKind::unsupported, "a Debian package"},
    {0, "!<arch>\n"sv, ArchiveKind::unsupported, "an ar archive"},
    {0, "\xed\xab\xee\xdb"sv, ArchiveKind::unsupported, "an RPM package"},
    {0, "xar!"sv, ArchiveKind::unsupported, "a xar archive"},
    {0, "MSCF"sv, ArchiveKind::unsupported, "a cab file"},
    {0, "\x04\x22\x4d\x18"sv, ArchiveKind::unsupported, "an lz4 file"},
    {0, "LZIP"sv, ArchiveKind::unsupported, "an lzip file"},
    {0, "\x5d\0\0"sv, ArchiveKind::unsupported, "an lzma file"},
    {0, "\x1f\x9d"sv, ArchiveKind::unsupported, "a file of compress(1)"},
    {0, "hsqs"sv, ArchiveKind::unsupported, "a squashfs image"},
    {0, "QFI\xfb"sv, ArchiveKind::unsupported, "a qcow2 disk image"},
    {1024, "\xe2\xe1\xf5\xe0"sv, ArchiveKind::unsupported, "an EROFS image"},
    {1080, "\x53\xef"sv, ArchiveKind::unsupported, "an ext file system image"},
    {32769, "CD001"sv, ArchiveKind::unsupported, "an ISO 9660 image"},
    {0, "\177ELF"sv, ArchiveKind::unsupported, "an ELF program"},
    {0, "#!"sv, ArchiveKind::unsupported, "a script"},
    {0, "<!DOCTYPE"sv, ArchiveKind::unsupported, "a web page"},
    {0, "<!doctype"sv, ArchiveKind::unsupported, "a web page"},
    {0, "<html"sv, ArchiveKind::unsupported, "a web page"},
    {0, "{"sv, ArchiveKind::unsupported, "a JSON text"},
    {0, "%PDF-"sv, ArchiveKind::unsupported, "a PDF document"},
};

bool is_zstd_skippable(std::string_view head) {  // RFC 8878 3.1.2: 0x184D2A50 to 0x184D2A5F, little endian
  return head.size() >= 4 && (static_cast<unsigned char>(head[0]) & 0xf0) == 0x50 &&
         head.substr(1, 3) == "\x2a\x4d\x18"sv;
}

const Magic* find_magic(std::string_view head) {
  static constexpr Magic kSkippable = {0, ""sv, ArchiveKind::zstd, "a zstd file"};
  if (is_zstd_skippable(head)) return &kSkippable;
  for (const Magic& magic : kMagics) {
    if (head.size() > magic.offset && head.substr(magic.offset).starts_with(magic.bytes)) return &magic;
  }
  return nullptr;
}

}  // namespace

const char* const kExportAdvice =
    "make a root filesystem archive of a container with `docker create IMAGE` and `docker export CONTAINER > "
    "rootfs.tar`";

bool has_tar_checksum(std::string_view block) {
  constexpr size_t kField = 148;
  constexpr size_t kFieldSize = 8;
  if (block.size() < kBlock) return false;
  std::string_view digits = block.substr(kField, kFieldSize);
  digits = digits.substr(0, digits.find('\0'));
  const std::optional<uint64_t> stored = parse_octal(trim(digits));
  if (!stored) return false;
  int64_t plain = 0;
  int64_t with_sign = 0;
  for (size_t i = 0; i < kBlock; ++i) {
    const char letter = i >= kField && i < kField + kFieldSize ? ' ' : block[i];
    plain += static_cast<unsigned char>(letter);
    with_sign += static_cast<signed char>(letter);
  }
  const auto expected = static_cast<int64_t>(*stored);
  return plain == expected || with_sign == expected;
}

ArchiveKind sniff(std::string_view head) {
  if (head.empty()) return ArchiveKind::empty;
  const std::string_view block = head.substr(0, kBlock);
  // The checksum goes first: a file name at the head of a tar may look like any magic.
  if (has_tar_checksum(block)) return ArchiveKind::tar;
  if (block.size() == kBlock && block.find_first_not_of('\0') == std::string_view::npos) {
    // The system area of an ISO image is zeros too.
    const Magic* magic = find_magic(head);
    return magic == nullptr ? ArchiveKind::tar : magic->kind;
  }
  if (const Magic* magic = find_magic(head)) return magic->kind;
  if (block.size() == kBlock && block.substr(257, 5) == "ustar"sv) return ArchiveKind::damaged_tar;
  return ArchiveKind::unknown;
}

std::string name_of_kind(std::string_view head) {
  switch (sniff(head)) {
    case ArchiveKind::empty:
      return "an empty file";
    case ArchiveKind::tar:
      return "a tar archive";
    case ArchiveKind::damaged_tar:
      return "a damaged tar archive";
    default:
      break;
  }
  const Magic* magic = find_magic(head);
  return magic == nullptr ? "of no known format" : std::string(magic->name);
}

std::string not_a_tar_message(std::string_view head) {
  return cat("not a tar archive: this is ", name_of_kind(head), "; ", kExportAdvice);
}

}  // namespace minidock::store
