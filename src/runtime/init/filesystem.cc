#include "runtime/init/filesystem.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

namespace minidock::runtime::init {

void take_slot(Context& context, int64_t slot, int fd) {
  if (context.slots[slot] >= 0) close(context.slots[slot]);
  context.slots[slot] = fd;
}

void explain_from_log(Context& context, int filesystem) {
  char message[256];
  ssize_t got = read(filesystem, message, sizeof message - 1);
  while (got > 2 && message[got - 1] == '\n') --got;
  if (got <= 2) return;
  message[got] = 0;
  context.detail << message + 2;
}

int configure(int filesystem, const char* key, const char* value) {
  if (value == nullptr) return fsconfig(filesystem, FSCONFIG_SET_FLAG, key, nullptr, 0);
  return fsconfig(filesystem, FSCONFIG_SET_STRING, key, value, 0);
}

int configure_words(int filesystem, const char* words) {
  char word[512];
  while (*words != 0) {
    const size_t length = strcspn(words, ",");
    if (length >= sizeof word) {
      errno = E2BIG;
      return -1;
    }
    memcpy(word, words, length);
    word[length] = 0;
    char* equals = strchr(word, '=');
    if (equals != nullptr) *equals = 0;
    if (configure(filesystem, word, equals == nullptr ? nullptr : equals + 1) != 0) return -1;
    words += length + (words[length] == ',' ? 1 : 0);
  }
  return 0;
}

int create_mount(int filesystem, int64_t attributes) {
  if (fsconfig(filesystem, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return -1;
  const int mounted = fsmount(filesystem, FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes));
  if (mounted < 0) return -1;
  return mounted;
}

}  // namespace minidock::runtime::init
