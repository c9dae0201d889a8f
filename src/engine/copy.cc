// cp: files between a container and the host. What is read is read by descriptors, in a root of its own; what is
// written is written by a jailed child whose root is the container's, or the host's directory that was named.
#include <fcntl.h>
#include <limits.h>
#include <sys/statvfs.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "engine/container_tree.h"
#include "engine/copy_plan.h"
#include "engine/events.h"
#include "linux/resolve.h"
#include "oci/path.h"
#include "store/archive/placing.h"
#include "store/archive/tree_archive.h"

namespace minidock::engine {

namespace {

constexpr int kLinks = 40;  // kernel: MAXSYMLINKS

CopyKind kind_of(mode_t mode) {
  return S_ISDIR(mode) ? CopyKind::directory : CopyKind::other;
}

std::string parent_path(const std::string& path) {
  return path.substr(0, std::max<size_t>(path.rfind('/'), 1));
}

std::string leaf_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// One thing at `path` of a side. root < 0: the host's.
Fd find_at(int root, const std::string& path, bool follow) {
  const int flags = O_PATH | (follow ? 0 : O_NOFOLLOW);
  if (root >= 0) return linux::find_in_root(root, path, flags);
  return Fd(::open(path.c_str(), flags | O_CLOEXEC));
}

mode_t mode_of(int fd) {
  struct stat info;
  if (::fstat(fd, &info) != 0) throw_errno("stat");
  return info.st_mode;
}

// Where a name that leads nowhere yet says that the thing is to be: links at its end are followed.
struct Destination {
  CopyPath path;
  CopyKind kind = CopyKind::none;
  mode_t mode = 0;
};

Destination look_at_destination(int root, const std::string& given) {
  Destination out;
  out.path = parse_copy_path(given);
  std::string& path = out.path.path;
  for (int i = 0; i < kLinks; ++i) {
    const Fd there = find_at(root, path, false);
    if (!there) return out;
    out.mode = mode_of(there.get());
    out.kind = kind_of(out.mode);
    if (!S_ISLNK(out.mode)) return out;
    out.kind = CopyKind::none;
    char text[PATH_MAX];
    const ssize_t size = ::readlinkat(there.get(), "", text, sizeof text);
    if (size < 0) throw_errno("read link ", printable(path));
    std::string target(text, static_cast<size_t>(size));
    while (target.size() > 1 && target.ends_with('/')) target.pop_back();
    // Joined, not cleaned: ".." behind a link is the kernel's to resolve.
    path = target.starts_with('/') ? target : cat(parent_path(path), "/", target);
  }
  throw_errno_message(ELOOP, printable(given));
}

[[noreturn]] void throw_not_found(const std::string& path, const std::string& container) {
  throw_error(ErrorKind::not_found, "Could not find the file ", printable(path), " in container ", container);
}

// Docker's words for a place that cannot be written to.
void require_writable(int directory, const ContainerView& view, const std::string& path) {
  struct statvfs info;
  if (::fstatvfs(directory, &info) != 0 || (info.f_flag & ST_RDONLY) == 0) return;
  const bool in_mount =
      std::any_of(view.config().mounts.begin(), view.config().mounts.end(),
                  [&](const MountOption& mount) { return oci::is_within(path, oci::clean_path("", mount.target)); });
  throw_error(ErrorKind::permission,
              in_mount ? "mounted volume is marked read-only" : "container rootfs is marked read-only");
}

// The counterpart of feed_archive() for a tree: counts, and hands over.
class Feed {
 public:
  explicit Feed(store::Placing& placing) : placing_(placing) {}
  void operator()(std::string_view bytes) {
    bytes_ += bytes.size();
    placing_.feed(bytes);
  }
  uint64_t bytes() const { return bytes_; }

 private:
  store::Placing& placing_;
  uint64_t bytes_ = 0;
};

void write_archive(store::TreeItem& item, const std::string& name, const store::TarSink& sink) {
  store::TarWriter writer(sink);
  store::TreeArchive(writer, {}).add_item(item, name);
  writer.finish();
}

struct SourceItem {
  store::TreeItem item;
  CopyKind kind;
};

// Empty and errno: there is none.
std::optional<SourceItem> find_source(int root, const CopyPath& source, bool follow) {
  Fd pin = find_at(root, source.path, follow || source.must_be_directory);
  if (!pin) return std::nullopt;
  const CopyKind kind = kind_of(mode_of(pin.get()));
  return SourceItem{store::pinned_item(std::move(pin), leaf_name(source.path)), kind};
}

}  // namespace

uint64_t Engine::copy_out(std::string_view name_or_id, const std::string& from, const std::string& to,
                          const CopyOptions& options) {
  const ContainerView view = load(name_or_id);
  const bool to_stream = to == "-";
  Destination destination;
  if (!to_stream) {
    destination = look_at_destination(-1, to);
    const std::string parent = parent_path(destination.path.path);
    if (!exists_at(AT_FDCWD, parent)) {
      throw_error(ErrorKind::not_found, "invalid output path: directory \"", printable(parent), "\" does not exist");
    }
  }
  const ContainerTree tree = ContainerTree::open_all(*this, view.row.id);
  const CopyPath source = parse_copy_path(from);
  std::optional<SourceItem> found = find_source(tree.root(), source, options.follow_link);
  if (!found) throw_not_found(from, view.row.name);
  if (to_stream) {
    const CopyPlan plan = plan_copy(source, found->kind, {}, CopyKind::directory);
    uint64_t bytes = 0;
    write_archive(found->item, plan.name, [&](std::string_view part) {
      bytes += part.size();
      write_all(STDOUT_FILENO, part);
    });
    record_container_event(store_, view.row, view.config(), "archive-path");
    return bytes;
  }
  const CopyPlan plan = plan_copy(source, found->kind, destination.path, destination.kind);
  const Fd directory = open_dir(AT_FDCWD, plan.directory);
  store::PlaceRequest request;
  request.root = directory.get();
  request.drop_privileges = !options.archive;
  if (!options.archive) request.owner = {::geteuid(), ::getegid()};
  store::Placing placing(request);
  Feed feed(placing);
  write_archive(found->item, plan.name, [&feed](std::string_view bytes) { feed(bytes); });
  placing.finish();
  record_container_event(store_, view.row, view.config(), "archive-path");
  return feed.bytes();
}

uint64_t Engine::copy_in(std::string_view name_or_id, const std::string& from, const std::string& to,
                         const CopyOptions& options) {
  const ContainerView view = load(name_or_id);
  const bool from_stream = from == "-";
  std::optional<SourceItem> found;
  CopyPath source;
  if (!from_stream) {
    source = parse_copy_path(from);
    found = find_source(-1, source, options.follow_link);
    if (!found) throw_errno("lstat ", printable(source.path));
  }
  const ContainerTree tree = ContainerTree::open_all(*this, view.row.id);
  const Destination destination = look_at_destination(tree.root(), to);
  const std::string shown = cat("\"", printable(name_or_id), ":", printable(to), "\"");
  if (from_stream && destination.kind != CopyKind::directory) {
    throw_error(ErrorKind::invalid, "destination ", shown, " must be a directory");
  }
  if (destination.kind == CopyKind::other && !S_ISREG(destination.mode)) {
    throw_error(ErrorKind::invalid, "destination ", shown, " must be a directory or a regular file");
  }
  CopyPlan plan{destination.path.path, "."};
  if (!from_stream) plan = plan_copy(source, found->kind, destination.path, destination.kind);
  const Fd directory = linux::find_in_root(tree.root(), plan.directory, O_PATH | O_DIRECTORY);
  if (!directory) throw_not_found(plan.directory, view.row.name);
  require_writable(directory.get(), view, plan.directory);
  store::PlaceRequest request;
  request.root = tree.root();
  request.mount_namespace = tree.mount_namespace();
  request.base = plan.directory.substr(1);
  if (!options.archive) request.owner = {0, 0};
  store::Placing placing(request);
  Feed feed(placing);
  if (from_stream) {
    store::feed_archive(STDIN_FILENO, [&feed](std::string_view bytes) { feed(bytes); });
  } else {
    write_archive(found->item, plan.name, [&feed](std::string_view bytes) { feed(bytes); });
  }
  placing.finish();
  record_container_event(store_, view.row, view.config(), "extract-to-dir");
  return feed.bytes();
}

}  // namespace minidock::engine
