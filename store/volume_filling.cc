#include "store/volume_filling.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

namespace minidock::store {

namespace {

constexpr const char* kFilling = "filling";
constexpr const char* kFilled = "filled";
constexpr const char* kData = "_data";

struct stat attributes_of(int fd) {
  struct stat info;
  if (::fstat(fd, &info) != 0) throw_errno("stat what fills a volume");
  return info;
}

void set_attributes(int to, const struct stat& info) {
  const timespec times[] = {info.st_atim, info.st_mtim};
  if (::fchown(to, info.st_uid, info.st_gid) != 0 || ::fchmod(to, info.st_mode & 07777) != 0 ||
      ::futimens(to, times) != 0)
    throw_errno("set the owner of ", kData);
}

// What a container has made there meanwhile, under the same name, stays.
void move_in(int home) {
  const Fd from = open_dir(home, kFilled), to = open_dir(home, kData);
  const struct stat info = attributes_of(from.get());  // its time is about to change
  for (const std::string& name : list_dir(from.get())) try_rename_noreplace(from.get(), name, to.get(), name);
  set_attributes(to.get(), info);
  discard_tree(home, kFilled);
}

bool was_cut_off(int home) {
  return exists_at(home, kFilled) || exists_at(home, kFilling);
}

// Under the lock.
void settle(int home) {
  if (exists_at(home, kFilled)) move_in(home);
  discard_tree(home, kFilling);
}

Fd lock_home(int home) {
  Fd lock = open_dir(home, ".");
  lock_file(lock.get());
  return lock;
}

bool is_empty(int home) {
  const std::vector<std::string> names = list_dir(home, kData);
  return names.empty() || (names.size() == 1 && names[0] == "lost+found");
}

}  // namespace

void settle_filling(int home) {
  if (!was_cut_off(home)) return;
  const Fd lock = lock_home(home);
  settle(home);
}

bool fill_if_empty(int home, const std::function<void(int directory)>& make) {
  const Fd lock = lock_home(home);
  settle(home);
  if (!is_empty(home)) return false;
  make_dir(home, kFilling, 0700);
  try {
    const Fd made = open_dir(home, kFilling), data = open_dir(home, kData);
    set_attributes(made.get(), attributes_of(data.get()));
    make(made.get());
  } catch (...) {
    discard_tree(home, kFilling);
    throw;
  }
  rename_at(home, kFilling, home, kFilled);
  move_in(home);
  return true;
}

}  // namespace minidock::store
