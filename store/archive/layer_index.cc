#include "store/archive/layer_index.h"

#include <sys/sysmacros.h>

#include <cstdio>

#include "base/error.h"
#include "base/text.h"

namespace minidock::store {

namespace {

constexpr size_t kFlushBytes = 64 << 10;

std::string_view type_name(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return "file";
    case S_IFDIR:
      return "directory";
    case S_IFLNK:
      return "symlink";
    case S_IFIFO:
      return "fifo";
    case S_IFCHR:
      return "character";
    case S_IFBLK:
      return "block";
    default:
      return "unknown";
  }
}

// `"key":"text",`, or with the bytes in hex where JSON could not hold them. Text that needs no escape is what
// printable() leaves alone; quotes and backslashes are the two it does not know.
void put_text(std::string& out, std::string_view key, std::string_view text) {
  out += '"';
  out += key;
  if (printable(text) != text) {
    out += "_hex\":\"";
    out += to_hex(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  } else {
    out += "\":\"";
    for (const char letter : text) {
      if (letter == '"' || letter == '\\') out += '\\';
      out += letter;
    }
  }
  out += "\",";
}

std::string octal_mode(mode_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777));
  return text;
}

}  // namespace

LayerIndexWriter::LayerIndexWriter(int fd) : file_(fd, "the layer's index"), buffer_("{\"version\":1,\"entries\":[") {}

void LayerIndexWriter::add(const IndexEntry& entry) {
  buffer_ += first_ ? "\n{" : ",\n{";
  first_ = false;
  put_text(buffer_, "path", entry.path);
  buffer_ += cat("\"type\":\"", type_name(entry.mode), "\",\"mode\":\"", octal_mode(entry.mode),
                 "\",\"uid\":", entry.uid, ",\"gid\":", entry.gid, ',');
  if (S_ISLNK(entry.mode)) put_text(buffer_, "target", entry.target);
  if (S_ISREG(entry.mode)) buffer_ += cat("\"size\":", entry.size, ",\"sha256\":\"", entry.sha256.hex(), "\",");
  if (S_ISCHR(entry.mode) || S_ISBLK(entry.mode)) {
    buffer_ += cat("\"device\":\"", major(entry.device), ':', minor(entry.device), "\",");
  }
  if (entry.link != 0) buffer_ += cat("\"link\":", entry.link, ",");
  if (entry.opaque) buffer_ += "\"opaque\":true,";
  buffer_ += cat("\"mtime\":", entry.mtime, '}');
  if (buffer_.size() >= kFlushBytes) flush();
}

void LayerIndexWriter::finish() {
  buffer_ += "\n]}\n";
  flush();
  file_.finish();
}

void LayerIndexWriter::flush() {
  file_.write(buffer_);
  buffer_.clear();
}

}  // namespace minidock::store
