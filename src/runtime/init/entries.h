// The names in an open directory, without the heap. Situation: see context.h.
#pragma once

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace minidock::runtime::init {

constexpr int kMaxDepth = 200;  // of directories in one another that a walk goes down; bounds the stack

struct Entry {  // linux_dirent64 of getdents64(2)
  uint64_t inode;
  int64_t offset;
  unsigned short size;
  unsigned char type;
  char name[];
};

inline bool is_dot(const char* name) {
  return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

// Calls visit(name) for each entry; stops at its first failure.
template <typename Visit>
int each_entry(int dir, Visit visit) {
  alignas(Entry) char buffer[4096];
  for (;;) {
    const long got = syscall(SYS_getdents64, dir, buffer, sizeof buffer);
    if (got <= 0) return got == 0 ? 0 : errno;
    for (long at = 0; at < got;) {
      const Entry* entry = reinterpret_cast<const Entry*>(buffer + at);
      at += entry->size;
      if (is_dot(entry->name)) continue;
      if (const int failure = visit(entry->name); failure != 0) return failure;
    }
  }
}

}  // namespace minidock::runtime::init
