// The process's own cgroup as a mount: what a container without a cgroup namespace sees of a v1 hierarchy.
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "runtime/init/filesystem.h"
#include "runtime/init/mount_api.h"
#include "runtime/init/paths.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

namespace {
// Is `word` one of the comma-separated `list`?
bool lists(const char* list, const char* word, size_t length) {
  while (*list != 0) {
    const size_t size = strcspn(list, ",");
    if (size == length && strncmp(list, word, length) == 0) return true;
    list += size + (list[size] == ',' ? 1 : 0);
  }
  return false;
}

// The path of the line ID:CONTROLLERS:PATH of /proc/self/cgroup (cgroups(7)) with the first of `controllers`; cut out
// of `text`, nullptr for none.
const char* find_path(char* text, const char* controllers) {
  const size_t length = strcspn(controllers, ",");
  char* rest = nullptr;
  for (char* line = strtok_r(text, "\n", &rest); line != nullptr; line = strtok_r(nullptr, "\n", &rest)) {
    char* list = strchr(line, ':');
    char* path = list == nullptr ? nullptr : strchr(list + 1, ':');
    if (path == nullptr) continue;
    *path = 0;
    if (length == 0 ? list[1] == 0 : lists(list + 1, controllers, length)) return path + 1;
  }
  return nullptr;
}

// A mount may show a part of the hierarchy only: `root` is its top. Relative, "." for the top itself.
const char* below(const char* path, const char* root) {
  const size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);
  if (strncmp(path, root, length) != 0) return nullptr;
  path += length;
  while (*path == '/') ++path;
  return *path == 0 ? "." : path;
}
}  // namespace

int open_cgroup_step(Context& context, const RecordView& step) {
  char text[8192];
  if (read_small(AT_FDCWD, "/proc/self/cgroup", text, sizeof text) < 0) return errno;
  const char* path = find_path(text, step.text(2));
  const char* inside = path == nullptr ? nullptr : below(path, step.text(1));
  if (inside == nullptr) {
    context.detail << "/proc/self/cgroup has no cgroup of ours below " << step.text(0);
    return ENOENT;
  }
  const Fd top(open(step.text(0), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!top) return errno;
  const Fd own(openat(top.get(), inside, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!own) return errno;
  Fd mounted(clone_mount(context, own.get(), "", false));
  MountChange change;
  change.set = static_cast<uint64_t>(step.number(1));
  if (!mounted || (change.set != 0 && change_mount(context, mounted.get(), change) != 0)) return errno;
  take_slot(context, step.number(0), mounted.release());
  return 0;
}

}  // namespace minidock::runtime::init
