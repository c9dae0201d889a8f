#include "store/archive/placing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/resolve.h"
#include "store/archive/archive_input.h"
#include "store/archive/attributes.h"
#include "store/archive/file_data.h"
#include "store/archive/layer_tree.h"
#include "store/archive/path.h"
#include "store/archive/report.h"

namespace minidock::store {

namespace {

// The user's own files: only what the format itself bounds.
UnpackLimits wide_limits() {
  UnpackLimits limits;
  limits.entries = UINT64_MAX;
  limits.file_bytes = limits.total_bytes = INT64_MAX;
  return limits;
}

// Situation: in the jail.
class Placer {
 public:
  Placer(TarReader& reader, int root, const PlaceRequest& request)
      : reader_(reader), root_(root), request_(request), tree_(root) {}

  void run() {
    while (std::optional<Entry> entry = reader_.next()) {
      if (entry->path.empty()) {
        if (request_.whole && entry->type == EntryType::directory) take_over(*entry);
        continue;  // else the directory itself stays as it is
      }
      adapt(*entry);
      try {
        place(*entry);
      } catch (const Error& error) {
        throw error.with_context(shown(entry->path));
      }
    }
    reader_.drain();
    for (auto late = late_.rbegin(); late != late_.rend(); ++late) finish_directory(*late);
  }

 private:
  struct Late {
    std::string path;
    Nanoseconds mtime;
    std::string default_acl;
  };

  void adapt(Entry& entry) const {
    if (!request_.base.empty()) {
      entry.path = cat(request_.base, "/", entry.path);
      if (entry.type == EntryType::hardlink) entry.target = cat(request_.base, "/", entry.target);
    }
    if (request_.owner) {
      entry.uid = request_.owner->uid;
      entry.gid = request_.owner->gid;
    }
    if (request_.drop_privileges && entry.type == EntryType::file) {
      entry.mode &= 01777;
      std::erase_if(entry.xattrs, [](const Xattr& xattr) { return xattr.name == "security.capability"; });
    }
  }

  // Docker's rule, and its words: neither kind ever takes the other's place.
  void refuse_other_kind(const Entry& entry) {
    const std::optional<mode_t> there = tree_.find_mode(entry);
    if (!there) return;
    const bool is_directory = entry.type == EntryType::directory;
    if (S_ISDIR(*there) && !is_directory) {
      throw_error(ErrorKind::conflict, "cannot overwrite directory with non-directory");
    }
    if (!S_ISDIR(*there) && is_directory) {
      throw_error(ErrorKind::conflict, "cannot overwrite non-directory with directory");
    }
  }

  void take_over(const Entry& entry) {
    const Fd directory = linux::open_in_root(root_, "", O_RDONLY | O_DIRECTORY);
    set_directory_attributes(directory.get(), entry);
    late_.push_back({"", entry.mtime, find_default_acl(entry)});
  }

  void place(const Entry& entry) {
    refuse_other_kind(entry);
    if (entry.type != EntryType::file) {
      tree_.make(entry);
      if (entry.type == EntryType::directory) late_.push_back({entry.path, entry.mtime, find_default_acl(entry)});
      return;
    }
    const Fd file = tree_.create_file(entry);
    copy_data(reader_, entry, file.get(), nullptr);
    set_file_attributes(file.get(), entry);
  }

  // What has become of it meanwhile is another's doing: then there is nothing to set.
  void finish_directory(const Late& late) const {
    const Fd directory = linux::find_in_root(root_, late.path, O_RDONLY | O_DIRECTORY);
    if (!directory) return;
    if (!late.default_acl.empty()) set_default_acl(directory.get(), late.default_acl);
    set_mtime(directory.get(), late.mtime);
  }

  TarReader& reader_;
  int root_;
  const PlaceRequest& request_;
  LayerTree tree_;
  std::vector<Late> late_;
};

Report report_of(const std::exception& error) {
  Report report;
  const auto* known = dynamic_cast<const Error*>(&error);
  report.failure = known == nullptr ? Error(ErrorKind::internal, error.what()) : *known;
  return report;
}

Report place_in_jail(int tar, int root, const PlaceRequest& request) {
  try {
    const UnpackLimits limits = wide_limits();
    TarReader reader(tar, limits);
    Placer(reader, root, request).run();
    return {};
  } catch (const std::exception& error) {
    return report_of(error);
  }
}

JailedChild start_placer(const PlaceRequest& request, Pipe& tar_pipe, Pipe& report_pipe) {
  tar_pipe = make_pipe();
  report_pipe = make_pipe();
  int tar = tar_pipe.read.get();
  int report = report_pipe.write.get();
  JailedChild::Setup setup;
  setup.root = request.root;
  setup.mount_namespace = request.mount_namespace;
  setup.recursive = true;
  setup.kept = {&tar, &report};
  JailedChild child = JailedChild::start(
      setup,
      [&](int root) {
        write_report(report, place_in_jail(tar, root, request));
        return 0;
      },
      [&](const std::exception& error) { write_report(report, report_of(error)); });
  tar_pipe.read.reset();
  report_pipe.write.reset();
  return child;
}

}  // namespace

Placing::Placing(const PlaceRequest& request) : child_(start_placer(request, tar_, report_)) {}

void Placing::feed(std::string_view tar) {
  if (try_write(tar_.write.get(), tar)) return;
  collect();
  throw_error(ErrorKind::internal, "the unpacker stopped reading");
}

void Placing::finish() {
  tar_.write.reset();
  collect();
}

void Placing::collect() {
  await_report(report_.read.get(), child_);
}

void feed_archive(int fd, const std::function<void(std::string_view)>& feed) {
  ArchiveInput input(fd, {});
  while (true) {
    const std::string_view bytes = input.next();
    if (bytes.empty()) return;
    feed(bytes);
  }
}

}  // namespace minidock::store
