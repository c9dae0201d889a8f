#include "linux/erofs_mount.h"

#include <sys/mount.h>

#include "base/error.h"
#include "base/file.h"
#include "linux/mount_context.h"

namespace minidock::linux {

namespace {

// kernel: a text given to fsconfig(2) has 255 bytes at most. A descriptor's name is short, whatever the store's path.
void set_file(const MountContext& context, const char* key, const std::string& path, std::vector<Fd>& pins) {
  constexpr size_t kTextBytes = 255;
  if (path.size() <= kTextBytes) return context.set(key, path);
  pins.push_back(open_file(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW));
  context.set(key, cat("/proc/self/fd/", pins.back().get()));
}

}  // namespace

Fd make_erofs(const std::string& image, const std::vector<std::string>& devices, const std::string& shown) {
  const std::string& name = shown.empty() ? image : shown;
  const MountContext context("erofs");
  std::vector<Fd> pins;
  set_file(context, "source", image, pins);
  // kernel: each by a call of its own. All in one text, as mount(2) has it, end at 4 KiB.
  for (const std::string& device : devices) set_file(context, "device", device, pins);
  // kernel: files instead of block devices came with Linux 6.12, and need a file system that reads by folios.
  if (!context.try_create()) {
    const int failure = errno;
    if (failure == ENOTBLK) {
      throw_error(ErrorKind::unsupported, "mount ", name,
                  ": this kernel does not mount EROFS from a plain file that lies there; Linux 6.12 does, from ext4, "
                  "xfs or btrfs");
    }
    throw_errno_message(failure, cat("mount ", name, context.log()));
  }
  return context.mount(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

}  // namespace minidock::linux
