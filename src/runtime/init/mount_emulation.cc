#include "runtime/init/mount_emulation.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "runtime/init/mount_flags.h"
#include "runtime/init/mount_table.h"
#include "runtime/init/paths.h"

namespace minidock::runtime::init {

namespace {
using Name = FixedText<24>;

Name name_of(int number) {
  Name name;
  name << number;
  return name;
}

// Stands in /proc/PID/fd for the life of the object, where descriptors have names.
class AmongDescriptors {
 public:
  explicit AmongDescriptors(const Context& context) : before_(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    there_ = before_ && fchdir(context.emulation.descriptors) == 0;
  }
  ~AmongDescriptors() {
    const int failure = errno;
    if (there_) (void)!fchdir(before_.get());
    errno = failure;
  }
  explicit operator bool() const { return there_; }

 private:
  Fd before_;
  bool there_ = false;
};

// kernel: "/.." is the top of what is stacked on "/", while "/" itself stays what it was.
int open_staging() {
  return open("/..", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int set_up(Context& context) {
  MountEmulation& emulation = context.emulation;
  if (emulation.staging >= 0) return 0;
  if (emulation.forbidden) {
    context.detail << "without a mount namespace of the container's own this needs the mount API of Linux 5.12";
    errno = ENOSYS;
    return -1;
  }
  // kernel: whose "/" is covered is taken for one in a chroot, and may clone no user namespace.
  if (!context.cloned) {
    context.detail << "this kernel lacks the mount API, without which a user namespace gets nothing of the host: it "
                      "needs Linux 5.12";
    errno = ENOSYS;
    return -1;
  }
  emulation.descriptors = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (emulation.descriptors < 0) return -1;
  // kernel: a mount on a shared mount would reach the host; a slave of it does not.
  if (mount(nullptr, "/", nullptr, MS_SLAVE, nullptr) != 0) return -1;
  if (mount("minidock", "/", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=700") != 0) return -1;
  emulation.staging = open_staging();
  return emulation.staging >= 0 ? 0 : -1;
}

// A place in the staging directory, and the mount on it once there is one.
struct Place {
  Name name;
  Fd fd;
};

bool make_place(Context& context, bool directory, Place& place) {
  if (set_up(context) != 0) return false;
  const int staging = context.emulation.staging;
  place.name << "m" << context.emulation.count++;
  if (directory) {
    if (mkdirat(staging, place.name.c_str(), 0700) != 0) return false;
  } else {
    const Fd file(openat(staging, place.name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
    if (!file) return false;
  }
  place.fd = Fd(openat(staging, place.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  return static_cast<bool>(place.fd);
}

bool is_directory(int fd) {
  struct stat info;
  return fstat(fd, &info) == 0 && S_ISDIR(info.st_mode);
}

int open_staged(Context& context, const Place& place) {
  return openat(context.emulation.staging, place.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

// Flags of the whole file system go to mount(2) apart from the text that its type reads.
struct Words {
  unsigned long flags = 0;
  char data[4096] = {};
  bool fits = true;
};

void sort_words(const char* words, Words& out) {
  size_t size = 0;
  while (*words != 0) {
    const size_t length = strcspn(words, ",");
    if (!superblock_flag(words, length, out.flags)) {
      if (size + length + 2 > sizeof out.data) {
        out.fits = false;
        return;
      }
      if (size > 0) out.data[size++] = ',';
      memcpy(out.data + size, words, length);
      size += length;
    }
    words += length + (words[length] == ',' ? 1 : 0);
  }
}

int mount_new(const FileSystem& system, const char* target) {
  Words words;
  sort_words(system.words, words);
  if (!words.fits) {
    errno = E2BIG;
    return -1;
  }
  const char* source = *system.source == 0 ? system.type : system.source;
  return mount(source, target, system.type, words.flags, words.data);
}

int change_one(Context& context, int mount_fd, uint64_t set, uint64_t clear) {
  uint64_t attributes = 0;
  if (current_attributes(mount_fd, attributes) != 0) return -1;
  attributes = (attributes & ~clear) | set;
  const AmongDescriptors there(context);
  if (!there) return -1;
  return mount(nullptr, name_of(mount_fd).c_str(), nullptr, MS_REMOUNT | MS_BIND | mount_flags(attributes), nullptr);
}

// The mount itself and those below it, which the mount table knows by paths: "/m3" for one in the staging directory,
// below `base` either way.
int change_all(Context& context, int mount_fd, int base, const MountChange& change) {
  char top[4096];
  const ssize_t length = readlinkat(context.emulation.descriptors, name_of(mount_fd).c_str(), top, sizeof top - 1);
  if (length <= 0) return -1;
  top[length] = 0;
  const Fd table(openat(context.emulation.descriptors, "../mountinfo", O_RDONLY | O_CLOEXEC));
  if (!table) return -1;
  const int failure = each_mount(table.get(), [&](const MountEntry& entry) {
    if (strncmp(entry.point, top, static_cast<size_t>(length)) != 0) return 0;
    const char next = entry.point[length];
    if (next != 0 && next != '/' && length > 1) return 0;
    const Fd below(openat(base, entry.point + 1, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    // A mount of the host may have the same path as one that is staged.
    if (!below || mount_id(below.get()) != entry.id) return 0;
    return change_one(context, below.get(), change.set, change.clear) == 0 ? 0 : errno;
  });
  if (failure != 0) errno = failure;
  return failure == 0 ? 0 : -1;
}
}  // namespace

// Mount by mount: those in the staging directory keep what was asked for each.
int emulate_propagation(Context& context, unsigned long flags) {
  const Fd table(openat(context.emulation.descriptors, "../mountinfo", O_RDONLY | O_CLOEXEC));
  if (!table) return -1;
  const int failure = each_mount(table.get(), [&](const MountEntry& entry) {
    const Fd there(open(entry.point, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    // What another mount hides needs nothing: it is out of reach, and goes with the old root.
    if (!there || mount_id(there.get()) != entry.id) return 0;
    return mount(nullptr, entry.point, nullptr, flags & ~static_cast<unsigned long>(MS_REC), nullptr) == 0 ? 0 : errno;
  });
  if (failure != 0) errno = failure;
  return failure == 0 ? 0 : -1;
}

int emulate_clone(Context& context, int dir, const char* path, bool recursive) {
  const Fd source(*path == 0 ? dup(dir) : openat(dir, path, O_PATH | O_CLOEXEC));
  if (!source) return -1;
  Place place;
  if (!make_place(context, is_directory(source.get()), place)) return -1;
  return emulate_bind(context, source.get(), place.fd.get(), recursive) == 0 ? open_staged(context, place) : -1;
}

int emulate_make(Context& context, const FileSystem& system, int64_t attributes) {
  Place place;
  if (!make_place(context, true, place)) return -1;
  {
    const AmongDescriptors there(context);
    if (!there || mount_new(system, name_of(place.fd.get()).c_str()) != 0) return -1;
  }
  Fd mounted(open_staged(context, place));
  if (!mounted) return -1;
  if (attributes != 0 && change_one(context, mounted.get(), static_cast<uint64_t>(attributes), 0) != 0) return -1;
  return mounted.release();
}

int emulate_change(Context& context, int mount_fd, const MountChange& change) {
  if (set_up(context) != 0) return -1;
  if (change.set != 0 || change.clear != 0) {
    const int result = change.recursive ? change_all(context, mount_fd, context.emulation.staging, change)
                                        : change_one(context, mount_fd, change.set, change.clear);
    if (result != 0) return -1;
  }
  if (change.propagation == 0) return 0;
  const AmongDescriptors there(context);
  const unsigned long flags = change.propagation | (change.recursive ? static_cast<unsigned long>(MS_REC) : 0);
  return there ? mount(nullptr, name_of(mount_fd).c_str(), nullptr, flags, nullptr) : -1;
}

int emulate_attach(Context& context, int mount_fd, int place) {
  return emulate_attach_at(context, mount_fd, name_of(place).c_str());
}

int emulate_attach_at(Context& context, int mount_fd, const char* path) {
  if (set_up(context) != 0) return -1;
  const AmongDescriptors there(context);
  if (!there) return -1;
  const Name name = name_of(mount_fd);
  if (mount(name.c_str(), path, nullptr, MS_MOVE, nullptr) == 0) return 0;
  // kernel: what a user namespace got with its first mounts is locked in place, but may be bound elsewhere.
  return errno == EINVAL ? mount(name.c_str(), path, nullptr, MS_BIND | MS_REC, nullptr) : -1;
}

int emulate_bind(Context& context, int source, int place, bool recursive) {
  if (set_up(context) != 0) return -1;
  const AmongDescriptors there(context);
  if (!there) return -1;
  const unsigned long flags = MS_BIND | (recursive ? static_cast<unsigned long>(MS_REC) : 0);
  return mount(name_of(source).c_str(), name_of(place).c_str(), nullptr, flags, nullptr);
}

int emulate_new_at(Context& context, const FileSystem& system, int64_t attributes, int place) {
  if (set_up(context) != 0) return -1;
  Words words;
  sort_words(system.words, words);
  const AmongDescriptors there(context);
  if (!there) return -1;
  return mount(system.type, name_of(place).c_str(), system.type,
               words.flags | mount_flags(static_cast<uint64_t>(attributes)), words.data);
}

int emulate_read_only(Context& context, int place, const char* path) {
  if (emulate_bind(context, place, place, true) != 0) return -1;
  const Fd covered(open_in_root(context, path, O_PATH));
  struct stat before, after;
  if (!covered || fstat(place, &before) != 0 || fstat(covered.get(), &after) != 0) return -1;
  // race: nobody else is in our mount namespace, but a shared volume's names may have been changed from outside.
  if (before.st_dev != after.st_dev || before.st_ino != after.st_ino) {
    errno = ESTALE;
    return -1;
  }
  MountChange change;
  change.set = MOUNT_ATTR_RDONLY;
  return change_all(context, covered.get(), context.root, change);
}

}  // namespace minidock::runtime::init
