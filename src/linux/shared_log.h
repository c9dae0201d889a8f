// A log that many processes append to, and that never keeps one of them waiting: a record is one write(2) with
// O_APPEND, and the file that is full becomes PATH.1 by rename. Nothing is synced, no lock is waited for, no failure is
// told. Header-only and free of exceptions: the static helper uses it too.
//
// kernel: writes with O_APPEND to one inode follow each other whole (open(2)); a writer that is killed or meets a full
// disk may leave the beginning of its record. So each record begins with a newline too: what is torn is a line of its
// own, and readers pass over what they cannot parse.
#pragma once

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "base/fd.h"

namespace minidock::linux {

constexpr int64_t kSharedLogBytes = 1 << 20;  // of one file; PATH and PATH.1 together are twice that

// Makes PATH the file PATH.1, once. Writers that have it open still write to it, and its readers read on.
inline void rotate_shared_log(const char* path, int fd, const struct stat& own) {
  // race: who holds the lock of the file that bears the name is the only one to rename it. One that is taken already
  // is another's rotation; nobody waits for it.
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) return;
  struct stat named;
  if (stat(path, &named) != 0 || named.st_ino != own.st_ino || named.st_dev != own.st_dev) return;
  char older[4096];
  const size_t length = strlen(path);
  if (length + 3 > sizeof older) return;
  memcpy(older, path, length);
  memcpy(older + length, ".1", 3);
  rename(path, older);
}

// `parts` begin and end with a newline. Returns false where the record was not written; the caller goes on all the
// same.
inline bool append_to_shared_log(const char* path, const iovec* parts, int count, int64_t limit = kSharedLogBytes) {
  const Fd fd(open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  struct stat info;
  if (!fd || fstat(fd.get(), &info) != 0) return false;
  // A rotation that does not come about (its process is stopped, say) must not fill the memory of the machine.
  if (info.st_size > 4 * limit) return false;
  const ssize_t put = writev(fd.get(), parts, count);
  if (put > 0 && info.st_size + put >= limit) rotate_shared_log(path, fd.get(), info);
  return put > 0;
}

}  // namespace minidock::linux
