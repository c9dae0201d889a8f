#include "store/archive/extractor.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/syscalls.h"
#include "store/archive/attributes.h"
#include "store/archive/path.h"
#include "store/archive/whiteout.h"

namespace minidock::store {

namespace {
constexpr size_t kZeros = 64 << 10;

void hash_zeros(oci::Hasher& hasher, uint64_t count) {
  static const std::string zeros(kZeros, '\0');
  for (; count > 0; count -= std::min<uint64_t>(count, kZeros)) {
    hasher.update(std::string_view(zeros).substr(0, std::min<uint64_t>(count, kZeros)));
  }
}
}  // namespace

Extractor::Extractor(TarReader& reader, int root, const UnpackLimits& limits, bool has_lower)
    : reader_(reader), root_(root), limits_(limits), has_lower_(has_lower), tree_(root) {}

Report Extractor::run(LayerIndexWriter& index) {
  while (const std::optional<Entry> entry = reader_.next()) {
    ++report_.entries;
    if (!has_lower_) detector_.see(*entry);
    try {
      take(*entry);
    } catch (const Error& error) {
      throw error.with_context(cat("entry ", shown(entry->path)));
    }
  }
  const bool complete = reader_.has_end_mark();
  reader_.drain();
  if (!complete) report_.warnings.emplace_back("the archive ends without end-of-archive blocks; it may be cut short");
  finish_layer(root_, tree_.late_directories(), digests_, settle_opaque(), limits_.path_bytes, index);
  add_warnings();
  return report_;
}

void Extractor::take(const Entry& entry) {
  report_.newest_mtime = std::max(report_.newest_mtime, entry.mtime);
  // Every copy counts: a name written a thousand times was work a thousand times.
  report_.content_bytes += entry.size;
  if (report_.content_bytes > limits_.total_bytes) {
    throw_error(ErrorKind::exhausted, "the files of the archive have more than ", human_bytes(limits_.total_bytes),
                ", the limit for one layer");
  }
  if (!is_left_out(entry)) extract(entry);
}

bool Extractor::is_left_out(const Entry& entry) {
  if (entry.path.empty()) return true;  // the root's own attributes are the runtime's to choose
  // Docker's mark that a process runs in one of its containers: made by `docker export`, not by the image.
  if (entry.path == ".dockerenv" && !has_lower_) return true;
  if (take_whiteout(entry)) return true;
  // kernel: overlayfs takes a character device 0:0 for a whiteout.
  if (entry.type == EntryType::character_device && entry.device == 0) {
    ++left_out_.whiteout_devices;
    return true;
  }
  return false;
}

bool Extractor::take_whiteout(const Entry& entry) {
  const Whiteout kind = classify_whiteout(entry);
  if (kind == Whiteout::none) return false;
  const std::string parent(parent_of(entry.path));
  if (!has_lower_ || kind == Whiteout::aufs) {  // a first layer has nothing below it to hide
    ++left_out_.whiteouts;
  } else if (kind == Whiteout::opaque) {
    tree_.find_mode(entry);  // makes the directory where the archive has no entry for it
    opaque_.push_back(parent.empty() ? "." : parent);
  } else {
    constexpr size_t kMark = 4;  // ".wh."
    Entry mark;
    mark.path = cat(parent, parent.empty() ? "" : "/", leaf_of(entry.path).substr(kMark));
    mark.type = EntryType::character_device;
    mark.mtime = entry.mtime;
    tree_.make_node(mark);
  }
  return true;
}

// kernel: a whiteout hides nothing in an opaque directory, and overlayfs, which looks no further there, would list it.
OpaqueDirectories Extractor::settle_opaque() const {
  constexpr uint64_t kInside = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  OpaqueDirectories opaque;
  for (const std::string& path : opaque_) {
    const Fd directory(linux::openat2(root_, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, kInside));
    struct stat info;
    if (!directory || fstat(directory.get(), &info) != 0) throw_errno("mark directory ", shown(path), " opaque");
    opaque.insert(info.st_ino);
    for (const std::string& name : list_dir(directory.get())) {
      if (fstatat(directory.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) throw_errno("stat ", shown(name));
      if (S_ISCHR(info.st_mode) && info.st_rdev == 0) remove_file(directory.get(), name);
    }
  }
  return opaque;
}

void Extractor::extract(const Entry& entry) {
  if (entry.dropped_xattrs) ++left_out_.xattrs;
  if (entry.type == EntryType::file) return extract_file(entry);
  tree_.make(entry);
}

void Extractor::extract_file(const Entry& entry) {
  const Fd file = tree_.create_file(entry);
  if (entry.size > 0) {
    oci::Hasher hasher;
    copy_data(reader_, entry, file.get(), &hasher);
    struct stat info;
    if (fstat(file.get(), &info) != 0) throw_errno("stat");
    digests_[info.st_ino] = hasher.finish();
  }
  if (!set_file_attributes(file.get(), entry)) ++left_out_.xattrs;
}

// Pieces must come in order and within the file: a sparse map may say anything.
void copy_data(TarReader& reader, const Entry& entry, int fd, oci::Hasher* hasher) {
  uint64_t end = 0;
  while (const std::optional<TarReader::Block> block = reader.next_block()) {
    if (block->offset < end || block->offset > entry.size || block->bytes.size() > entry.size - block->offset) {
      throw_error(ErrorKind::corrupt, "a piece of its data lies outside the file or over another");
    }
    if (block->offset > end) {
      if (hasher != nullptr) hash_zeros(*hasher, block->offset - end);
      if (lseek(fd, static_cast<off_t>(block->offset), SEEK_SET) < 0) throw_errno("seek");
    }
    if (hasher != nullptr) hasher->update(block->bytes);
    write_all(fd, block->bytes);
    end = block->offset + block->bytes.size();
  }
  if (end < entry.size) {
    if (hasher != nullptr) hash_zeros(*hasher, entry.size - end);
    if (ftruncate(fd, static_cast<off_t>(entry.size)) != 0) throw_errno("set size");
  }
}

void Extractor::add_warnings() {
  const auto warn = [this](uint64_t count, std::string_view text) {
    if (count > 0) report_.warnings.push_back(cat(count, text));
  };
  warn(left_out_.whiteouts,
       " whiteout entries (.wh.*) left out: an imported root filesystem has no layer below to hide");
  warn(left_out_.whiteout_devices, " character devices 0:0 left out: overlayfs would take them for removed files");
  warn(left_out_.xattrs, " entries lost extended attributes that a layer does not keep");
}

}  // namespace minidock::store
