#include "store/archive/extractor.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "store/archive/path.h"
#include "store/archive/whiteout.h"

namespace minidock::store {

Report Extractor::run() {
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
  // A mark in a directory that is removed itself hides nothing more.
  std::sort(marks_.removed.begin(), marks_.removed.end(),
            [](const auto& one, const auto& other) { return one.path < other.path; });
  sink_.finish(marks_);
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
  if (!has_lower_ || kind == Whiteout::aufs) ++left_out_.whiteouts;
  if (kind == Whiteout::opaque) {
    sink_.make_parents(entry);
    marks_.opaque.push_back(parent.empty() ? "." : parent);
  } else if (kind == Whiteout::removes) {
    constexpr size_t kMark = 4;  // ".wh."
    marks_.removed.push_back({cat(parent, parent.empty() ? "" : "/", leaf_of(entry.path).substr(kMark)), entry.mtime});
  }
  return true;
}

void Extractor::extract(const Entry& entry) {
  if (entry.dropped_xattrs) ++left_out_.xattrs;
  if (entry.type != EntryType::file) return sink_.make(entry);
  if (!sink_.make_file(entry, reader_)) ++left_out_.xattrs;
}

void Extractor::add_warnings() {
  const auto warn = [this](uint64_t count, std::string_view text) {
    if (count > 0) report_.warnings.push_back(cat(count, text));
  };
  warn(left_out_.whiteouts, " whiteout entries (.wh.*) hide nothing: an imported root filesystem has no layer below");
  warn(left_out_.whiteout_devices, " character devices 0:0 left out: overlayfs would take them for removed files");
  warn(left_out_.xattrs, " entries lost extended attributes that a layer does not keep");
}

}  // namespace minidock::store
