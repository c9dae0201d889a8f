// What a stream of bytes is, told from its first bytes: a tar, a compressed stream, or something that people
// hand over by mistake. Pure: no I/O, never throws.
// Sources: POSIX.1-2017 pax "ustar Interchange Format" (header checksum), RFC 1952, RFC 8878, the xz file
// format 1.0.4, and magic(5) for what is only recognised to be refused.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace minidock::store {

enum class ArchiveKind {
  empty,        // no bytes at all
  tar,          // a first header with a right checksum, or zero blocks
  damaged_tar,  // says "ustar" but its first header's checksum is wrong
  gzip,
  zstd,
  xz,
  bzip2,
  unsupported,  // known, and nothing that we read: see name_of_kind()
  unknown,
};

// So many bytes of the head are looked at: the magic of an ISO 9660 image lies behind 32 KiB.
constexpr size_t kSniffBytes = 34 << 10;

ArchiveKind sniff(std::string_view head);

// "a gzip file", "a zip file", "an ELF program", "of no known format": completes "this is …".
std::string name_of_kind(std::string_view head);

// One line for a stream that is not a tar: "not a tar archive: this is a zip file; …" and what to do.
std::string not_a_tar_message(std::string_view head);

// How to get what import takes: the closing clause of several refusals.
extern const char* const kExportAdvice;

// Whether `block` (512 bytes) is a tar header with a right checksum. Old writers summed signed bytes: both count.
bool has_tar_checksum(std::string_view block);

}  // namespace minidock::store
