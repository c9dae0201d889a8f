#include "linux/mount_peers.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace minidock::linux {

namespace {

// kernel: STATX_MNT_ID came with 5.8, and so is there on each that we run on.
std::string mount_id(const std::string& path) {
  struct statx info = {};
  if (::statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT, STATX_MNT_ID, &info) != 0) throw_errno("stat ", path);
  return std::to_string(info.stx_mnt_id);
}

}  // namespace

MountPeers mount_peers(const std::string& path) {
  const std::string id = mount_id(path);
  // ID PARENT MAJOR:MINOR ROOT TARGET OPTIONS [TAGS…] - TYPE SOURCE SUPER-OPTIONS
  for (const std::string& line : split(read_file(AT_FDCWD, "/proc/self/mountinfo"), '\n')) {
    const auto fields = split(line, ' ');
    if (fields.size() < 7 || fields[0] != id) continue;
    MountPeers peers{fields[4]};
    for (size_t i = 6; i < fields.size() && fields[i] != "-"; ++i) {
      peers.shared = peers.shared || fields[i].starts_with("shared:");
      peers.slave = peers.slave || fields[i].starts_with("master:");
    }
    return peers;
  }
  throw_error(ErrorKind::not_found, "find the mount of ", path, ": it is not in /proc/self/mountinfo");
}

}  // namespace minidock::linux
