#include "runtime/init/mount_table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

namespace minidock::runtime::init {

namespace {
// "\\040" is a space: the table writes space, tab, newline and backslash so.
void unescape(char* text) {
  char* to = text;
  for (const char* from = text; *from != 0; ++to) {
    if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] != 0 && from[3] != 0) {
      *to = static_cast<char>((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
      from += 4;
    } else {
      *to = *from++;
    }
  }
  *to = 0;
}

// ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAGS…] - TYPE SOURCE OPTIONS
bool parse(char* line, MountEntry& entry) {
  char* rest = nullptr;
  char* separator = strstr(line, " - ");
  if (separator == nullptr) return false;
  *separator = 0;
  char* type = separator + 3;
  type[strcspn(type, " ")] = 0;
  char* words[5] = {};
  int count = 0;
  for (char* word = strtok_r(line, " ", &rest); word != nullptr && count < 5; word = strtok_r(nullptr, " ", &rest))
    words[count++] = word;
  if (count < 5) return false;
  unescape(words[3]);
  unescape(words[4]);
  entry = {atoi(words[0]), atoi(words[1]), words[3], words[4], type};
  return true;
}
}  // namespace

int read_mount_table(int table, VisitMount visit, void* visitor) {
  static char buffer[32768];  // a line has two paths of at most a page and options of at most a page each
  size_t size = 0;
  for (;;) {
    const ssize_t got = read(table, buffer + size, sizeof buffer - 1 - size);
    if (got <= 0) return got == 0 ? 0 : errno;
    size += static_cast<size_t>(got);
    buffer[size] = 0;
    char* line = buffer;
    for (char* end; (end = strchr(line, '\n')) != nullptr; line = end + 1) {
      *end = 0;
      MountEntry entry;
      if (!parse(line, entry)) return EBADMSG;
      if (const int result = visit(visitor, entry); result != 0) return result;
    }
    size -= static_cast<size_t>(line - buffer);
    memmove(buffer, line, size);
  }
}

}  // namespace minidock::runtime::init
