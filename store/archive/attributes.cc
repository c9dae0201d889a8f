#include "store/archive/attributes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "store/archive/path.h"

namespace minidock::store {

namespace {

constexpr char kDefaultAcl[] = "system.posix_acl_default";

struct Times {
  explicit Times(Nanoseconds mtime) {
    value[0].tv_sec = mtime / kSecond;
    value[0].tv_nsec = mtime % kSecond;
    value[1] = value[0];
  }
  timespec value[2] = {};
};

// order: owner before mode, because a change of owner clears the set-user-ID bit; both before security.capability,
// which a change of owner removes.
// What is right already is left alone: each change is a transaction of the file system, and most files are root's.
void set_owner_and_mode(int fd, const Entry& entry) {
  struct stat info;
  if (fstat(fd, &info) != 0) throw_errno("stat");
  const bool owned = info.st_uid == entry.uid && info.st_gid == entry.gid;
  if (!owned && fchown(fd, entry.uid, entry.gid) != 0) throw_errno("change owner to ", entry.uid, ":", entry.gid);
  const bool done = (info.st_mode & 07777) == entry.mode && (owned || (entry.mode & 07000) == 0);
  if (!done && fchmod(fd, entry.mode) != 0) throw_errno("change mode");
}

bool set_xattr(int fd, const std::string& name, const std::string& value) {
  if (fsetxattr(fd, name.c_str(), value.data(), value.size(), 0) == 0) return true;
  if (errno == EOPNOTSUPP && name.starts_with("user.")) return false;
  throw_errno("set extended attribute ", shown(name));
}

bool set_xattrs(int fd, const Entry& entry) {
  bool complete = true;
  for (const Xattr& xattr : entry.xattrs) {
    if (xattr.name != kDefaultAcl) complete = set_xattr(fd, xattr.name, xattr.value) && complete;
  }
  return complete;
}

}  // namespace

bool set_file_attributes(int fd, const Entry& entry) {
  set_owner_and_mode(fd, entry);
  const bool complete = set_xattrs(fd, entry);
  set_mtime(fd, entry.mtime);
  return complete;
}

bool set_directory_attributes(int fd, const Entry& entry) {
  set_owner_and_mode(fd, entry);
  return set_xattrs(fd, entry);
}

void set_attributes_at(int directory, const std::string& name, const Entry& entry) {
  if (fchownat(directory, name.c_str(), entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW) != 0) {
    throw_errno("change owner to ", entry.uid, ":", entry.gid);
  }
  // A link has no mode. A node was made in this private tree a moment ago: the name is no link.
  if (entry.type != EntryType::symlink && fchmodat(directory, name.c_str(), entry.mode, 0) != 0) {
    throw_errno("change mode");
  }
  const Times times(entry.mtime);
  if (utimensat(directory, name.c_str(), times.value, AT_SYMLINK_NOFOLLOW) != 0) throw_errno("set time");
}

void set_mtime(int fd, Nanoseconds mtime) {
  const Times times(mtime);
  if (futimens(fd, times.value) != 0) throw_errno("set time");
}

void set_default_acl(int fd, const std::string& value) {
  set_xattr(fd, kDefaultAcl, value);
}

std::string find_default_acl(const Entry& entry) {
  for (const Xattr& xattr : entry.xattrs) {
    if (xattr.name == kDefaultAcl) return xattr.value;
  }
  return {};
}

}  // namespace minidock::store
