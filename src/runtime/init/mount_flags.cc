#include "runtime/init/mount_flags.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

namespace minidock::runtime::init {

namespace {
constexpr long kNoSymlinkFollow = 0x2000;  // ST_NOSYMFOLLOW of <linux/statfs.h>; glibc has no name for it

struct Spelling {
  uint64_t attribute;
  unsigned long flag;
  long status;
};
constexpr Spelling kSpellings[] = {
    {MOUNT_ATTR_RDONLY, MS_RDONLY, 0x0001},      {MOUNT_ATTR_NOSUID, MS_NOSUID, 0x0002},
    {MOUNT_ATTR_NODEV, MS_NODEV, 0x0004},        {MOUNT_ATTR_NOEXEC, MS_NOEXEC, 0x0008},
    {MOUNT_ATTR_NOATIME, MS_NOATIME, 0x0400},    {MOUNT_ATTR_NODIRATIME, MS_NODIRATIME, 0x0800},
    {MOUNT_ATTR_STRICTATIME, MS_STRICTATIME, 0}, {MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW, kNoSymlinkFollow},
};
constexpr long kRelativeAtime = 0x1000;  // ST_RELATIME

struct Word {
  const char* word;
  unsigned long flag;  // 0: the default
};
constexpr Word kWords[] = {
    {"ro", MS_RDONLY},     {"rw", 0},     {"sync", MS_SYNCHRONOUS},  {"async", 0},     {"dirsync", MS_DIRSYNC},
    {"mand", MS_MANDLOCK}, {"nomand", 0}, {"lazytime", MS_LAZYTIME}, {"nolazytime", 0}};
}  // namespace

unsigned long mount_flags(uint64_t attributes) {
  unsigned long flags = 0;
  for (const Spelling& spelling : kSpellings) {
    if ((attributes & spelling.attribute) != 0) flags |= spelling.flag;
  }
  // kernel: without one of the three mount(2) keeps the mode that is; the zero of the field has to be said.
  if ((attributes & MOUNT_ATTR__ATIME) == MOUNT_ATTR_RELATIME) flags |= MS_RELATIME;
  return flags;
}

int current_attributes(int fd, uint64_t& attributes) {
  struct statfs info;
  if (fstatfs(fd, &info) != 0) return -1;
  attributes = 0;
  for (const Spelling& spelling : kSpellings) {
    if ((info.f_flags & spelling.status) != 0) attributes |= spelling.attribute;
  }
  if ((attributes & MOUNT_ATTR_NOATIME) == 0 && (info.f_flags & kRelativeAtime) == 0)
    attributes |= MOUNT_ATTR_STRICTATIME;
  return 0;
}

bool superblock_flag(const char* word, size_t length, unsigned long& flags) {
  for (const Word& entry : kWords) {
    if (strlen(entry.word) != length || strncmp(entry.word, word, length) != 0) continue;
    flags |= entry.flag;
    return true;
  }
  return false;
}

int mount_id(int fd) {
  struct statx info;
  if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &info) != 0) return -1;
  return static_cast<int>(info.stx_mnt_id);
}

}  // namespace minidock::runtime::init
