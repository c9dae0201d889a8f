#include "store/archive/entry.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "store/archive/path.h"

namespace minidock::store {

namespace {

constexpr int64_t kLatestSecond = int64_t{1} << 33;  // in the year 2242; ext4 ends in 2446
constexpr size_t kXattrs = 1000;
constexpr int64_t kNobodyId = 0xffffffff;  // kernel: chown(2) takes it for "leave as it is"

std::string entry_path(archive_entry* raw, const UnpackLimits& limits) {
  const char* name = archive_entry_pathname(raw);
  if (name == nullptr || *name == 0) throw_error(ErrorKind::invalid, "it has no name");
  std::optional<std::string> path = clean_path(name);
  if (!path) throw_error(ErrorKind::invalid, "its name leads out of the root");
  check_path_limits(*path, limits);
  return *path;
}

EntryType entry_type(archive_entry* raw) {
  if (archive_entry_hardlink(raw) != nullptr) return EntryType::hardlink;
  switch (archive_entry_filetype(raw)) {
    case AE_IFREG:
      return EntryType::file;
    case AE_IFDIR:
      return EntryType::directory;
    case AE_IFLNK:
      return EntryType::symlink;
    case AE_IFIFO:
      return EntryType::fifo;
    case AE_IFCHR:
      return EntryType::character_device;
    case AE_IFBLK:
      return EntryType::block_device;
    default:
      throw_error(ErrorKind::invalid, "it has a type that a root filesystem cannot hold");
  }
}

std::string entry_target(archive_entry* raw, EntryType type) {
  if (type == EntryType::symlink) {
    const char* target = archive_entry_symlink(raw);
    if (target == nullptr || *target == 0) throw_error(ErrorKind::invalid, "it is a symbolic link to nothing");
    return target;
  }
  if (type != EntryType::hardlink) return {};
  const std::string name = archive_entry_hardlink(raw);
  // An absolute target is taken in the layer's root: some builders write them so.
  const std::optional<std::string> path = clean_path(name);
  if (!path) throw_error(ErrorKind::invalid, "its link target ", shown(name), " leads out of the root");
  if (path->empty()) throw_error(ErrorKind::invalid, "it is a hard link to a directory");
  return *path;
}

uint32_t checked_id(int64_t id, std::string_view what) {
  if (id < 0 || id >= kNobodyId) throw_error(ErrorKind::invalid, "its ", what, " ", id, " is not 0 to 4294967294");
  return static_cast<uint32_t>(id);
}

dev_t checked_device(archive_entry* raw) {
  const auto major = static_cast<uint64_t>(archive_entry_rdevmajor(raw));
  const auto minor = static_cast<uint64_t>(archive_entry_rdevminor(raw));
  // kernel: a dev_t holds 12 and 20 bits (include/linux/kdev_t.h)
  if (major > 0xfff || minor > 0xfffff) {
    throw_error(ErrorKind::invalid, "its device number ", major, ":", minor, " does not exist on Linux");
  }
  return makedev(static_cast<unsigned>(major), static_cast<unsigned>(minor));
}

Nanoseconds clamped_mtime(archive_entry* raw) {
  if (archive_entry_mtime_is_set(raw) == 0) return 0;
  const int64_t seconds = archive_entry_mtime(raw);
  if (seconds < 0) return 0;
  if (seconds >= kLatestSecond) return kLatestSecond * kSecond;
  return seconds * kSecond + std::clamp<int64_t>(archive_entry_mtime_nsec(raw), 0, kSecond - 1);
}

uint64_t checked_size(archive_entry* raw, EntryType type, const UnpackLimits& limits) {
  const int64_t size = archive_entry_size(raw);
  if (size < 0) throw_error(ErrorKind::invalid, "its size is negative");
  // CVE-2016-5418: data behind a link would be written through it.
  if (type == EntryType::hardlink && size > 0) throw_error(ErrorKind::invalid, "it is a hard link with data");
  if (type != EntryType::file) return 0;
  if (static_cast<uint64_t>(size) > limits.file_bytes) {
    throw_error(ErrorKind::exhausted, "it has ", human_bytes(static_cast<uint64_t>(size)),
                ", the limit for one file is ", human_bytes(limits.file_bytes));
  }
  return static_cast<uint64_t>(size);
}

void take_xattrs(archive_entry* raw, const UnpackLimits& limits, Entry& entry) {
  const int count = archive_entry_xattr_reset(raw);
  if (static_cast<size_t>(count) > kXattrs) {
    throw_error(ErrorKind::exhausted, "it has ", count, " extended attributes, the limit is ", kXattrs);
  }
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  while (archive_entry_xattr_next(raw, &name, &value, &size) == ARCHIVE_OK) {
    const std::string_view key = name == nullptr ? std::string_view() : std::string_view(name);
    if (key.empty() || key.size() > 255) {
      throw_error(ErrorKind::invalid, "the name of an extended attribute has ", key.size(), " bytes, not 1 to 255");
    }
    if (size > limits.xattr_bytes) {
      throw_error(ErrorKind::exhausted, "extended attribute ", shown(key), " has ", size, " bytes, the limit is ",
                  limits.xattr_bytes);
    }
    if (is_kept_xattr(key)) {
      entry.xattrs.push_back({std::string(key), std::string(static_cast<const char*>(value), size)});
    } else {
      entry.dropped_xattrs = true;
    }
  }
}

}  // namespace

bool is_kept_xattr(std::string_view name) {
  if (name.starts_with("user.")) return !name.starts_with("user.overlay.");
  return name == "security.capability" || name == "system.posix_acl_access" || name == "system.posix_acl_default";
}

Entry check_entry(archive_entry* raw, const UnpackLimits& limits) {
  Entry entry;
  entry.path = entry_path(raw, limits);
  entry.type = entry_type(raw);
  if (entry.path.empty() && entry.type != EntryType::directory) {
    throw_error(ErrorKind::invalid, "it would replace the root directory");
  }
  entry.target = entry_target(raw, entry.type);
  if (entry.type == EntryType::hardlink && entry.target == entry.path) {
    throw_error(ErrorKind::invalid, "it is a hard link to itself");
  }
  entry.mode = archive_entry_perm(raw) & 07777;
  entry.uid = checked_id(archive_entry_uid(raw), "uid");
  entry.gid = checked_id(archive_entry_gid(raw), "gid");
  entry.mtime = clamped_mtime(raw);
  entry.size = checked_size(raw, entry.type, limits);
  if (entry.type == EntryType::character_device || entry.type == EntryType::block_device) {
    entry.device = checked_device(raw);
  }
  take_xattrs(raw, limits, entry);
  return entry;
}

}  // namespace minidock::store
