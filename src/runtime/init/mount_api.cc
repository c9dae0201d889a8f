#include "runtime/init/mount_api.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "base/fd.h"
#include "runtime/init/filesystem.h"
#include "runtime/init/mount_emulation.h"

namespace minidock::runtime::init {

namespace {
// kernel: fsconfig(2) takes values of at most 255 bytes; mount(2) takes a page for all.
constexpr size_t kMaxWord = 255;

bool has_long_word(const char* words) {
  while (*words != 0) {
    const size_t length = strcspn(words, ",");
    if (length > kMaxWord) return true;
    words += length + (words[length] == ',' ? 1 : 0);
  }
  return false;
}

// A call with arguments that no kernel takes: anything but ENOSYS means that it is there.
bool is_missing(int result) {
  return result < 0 && errno == ENOSYS;
}
}  // namespace

// kernel: the calls came one by one (5.2 to 5.12). A detached mount cannot be changed by the old calls, so with one of
// them missing none is used.
bool has_mount_api(Context& context) {
  MountEmulation& emulation = context.emulation;
  if (emulation.probed) return !emulation.needed;
  struct ::mount_attr none = {};
  emulation.probed = true;
  emulation.needed = is_missing(mount_setattr(-1, "", AT_EMPTY_PATH, &none, sizeof none)) ||
                     is_missing(move_mount(-1, "", -1, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH)) ||
                     is_missing(open_tree(-1, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)) ||
                     is_missing(fsopen(nullptr, FSOPEN_CLOEXEC));
  return !emulation.needed;
}

int set_propagation(Context& context, unsigned long flags) {
  if (context.emulation.staging >= 0) return emulate_propagation(context, flags);
  return mount(nullptr, "/", nullptr, flags, nullptr);
}

int clone_mount(Context& context, int dir, const char* path, bool recursive) {
  if (!has_mount_api(context)) return emulate_clone(context, dir, path, recursive);
  unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
  if (recursive) flags |= AT_RECURSIVE;
  if (*path == 0) flags |= AT_EMPTY_PATH;
  return open_tree(dir, path, flags);
}

int make_mount(Context& context, const FileSystem& system, int64_t attributes) {
  if (!has_mount_api(context) || has_long_word(system.words)) return emulate_make(context, system, attributes);
  const Fd filesystem(fsopen(system.type, FSOPEN_CLOEXEC));
  if (!filesystem) return -1;
  int result = *system.source == 0 ? 0 : configure(filesystem.get(), "source", system.source);
  if (result == 0) result = configure_words(filesystem.get(), system.words);
  const int mounted = result == 0 ? create_mount(filesystem.get(), attributes) : -1;
  if (mounted < 0) {
    const int failure = errno;
    explain_from_log(context, filesystem.get());
    errno = failure;
  }
  return mounted;
}

int change_mount(Context& context, int mount, const MountChange& change) {
  if (!has_mount_api(context)) return emulate_change(context, mount, change);
  struct ::mount_attr attributes = {};
  attributes.attr_set = change.set;
  attributes.attr_clr = change.clear;
  attributes.propagation = change.propagation;
  const unsigned flags = AT_EMPTY_PATH | (change.recursive ? static_cast<unsigned>(AT_RECURSIVE) : 0);
  return mount_setattr(mount, "", flags, &attributes, sizeof attributes);
}

int attach_mount(Context& context, int mount, int place) {
  if (!has_mount_api(context)) return emulate_attach(context, mount, place);
  return move_mount(mount, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int attach_mount_at(Context& context, int mount, const char* path) {
  if (!has_mount_api(context)) return emulate_attach_at(context, mount, path);
  return move_mount(mount, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH);
}

int attach_clone(Context& context, int source, int place) {
  if (!has_mount_api(context)) return emulate_bind(context, source, place, false);
  const Fd copy(clone_mount(context, source, "", false));
  return copy ? attach_mount(context, copy.get(), place) : -1;
}

int attach_new(Context& context, const FileSystem& system, int64_t attributes, int place) {
  if (!has_mount_api(context)) return emulate_new_at(context, system, attributes, place);
  const Fd mounted(make_mount(context, system, attributes));
  return mounted ? attach_mount(context, mounted.get(), place) : -1;
}

int attach_read_only(Context& context, int place, const char* path) {
  if (!has_mount_api(context)) return emulate_read_only(context, place, path);
  const Fd copy(clone_mount(context, place, "", true));
  MountChange change;
  change.set = MOUNT_ATTR_RDONLY;
  change.recursive = true;
  return copy && change_mount(context, copy.get(), change) == 0 ? attach_mount(context, copy.get(), place) : -1;
}

}  // namespace minidock::runtime::init
