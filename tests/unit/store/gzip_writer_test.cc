// A layer as a gzip stream: whole, the same each time, and never of a file that is not what it should be.
#include "store/archive/gzip_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"

namespace minidock::store {
namespace {

Fd file_of(const std::string& text) {
  Fd fd = open_file(AT_FDCWD, "/tmp", O_TMPFILE | O_RDWR, 0600);
  write_all(fd.get(), text);
  return fd;
}

std::string some_text(size_t size) {
  std::string text;
  uint32_t state = 1;
  while (text.size() < size) {
    state = state * 1664525 + 1013904223;
    text += std::string(1 + state % 7, static_cast<char>('a' + (state >> 24) % 16));
  }
  text.resize(size);
  return text;
}

std::string compressed(const std::string& text, size_t room) {
  const Fd fd = file_of(text);
  GzipWriter writer(fd.get(), oci::sha256(text));
  std::string out, piece(room, '\0');
  while (const size_t got = writer.read(piece.data(), room)) out.append(piece, 0, got);
  EXPECT_EQ(writer.used(), text.size());
  EXPECT_EQ(writer.read(piece.data(), room), 0U);
  return out;
}

std::string decompressed(const std::string& gzip) {
  z_stream stream = {};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  std::string out(16 << 20, '\0');
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST(GzipWriter, GivesTheSameBytesWhateverIsAskedFor) {
  const std::string text = some_text(3 << 20);
  const std::string once = compressed(text, 64 << 10);
  EXPECT_EQ(decompressed(once), text);
  EXPECT_LT(once.size(), text.size() / 2);
  EXPECT_EQ(compressed(text, 1 << 20), once);
  EXPECT_EQ(compressed(text, 777), once);
  // RFC 1952 2.3: deflate, no flags, no time, nothing of a level, Unix.
  EXPECT_EQ(once.substr(0, 10), std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10));
}

TEST(GzipWriter, TakesAnEmptyFile) {
  EXPECT_EQ(decompressed(compressed("", 100)), "");
}

TEST(GzipWriter, DoesNotEndWhatIsDamaged) {
  std::string text = some_text(1 << 20);
  const oci::Digest digest = oci::sha256(text);
  text[text.size() / 2] ^= 1;
  const Fd fd = file_of(text);
  GzipWriter writer(fd.get(), digest);
  std::string piece(4 << 20, '\0');
  EXPECT_THROW(writer.read(piece.data(), piece.size()), Error);
}

}  // namespace
}  // namespace minidock::store
