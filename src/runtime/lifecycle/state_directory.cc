#include "runtime/lifecycle/state_directory.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"

namespace minidock::runtime {

namespace {

// Begins the names of directories that are being made or removed: no container's ID has it.
constexpr char kUnnamed = '~';

std::string fresh_name() {
  return cat(kUnnamed, random_hex(8));
}

// What a killed command left; one that is at work holds its lock. race: a directory that was made a moment ago may not
// be locked yet: its maker then finds it gone, and makes another.
void sweep(int root) {
  for (const std::string& name : list_dir(root)) {
    if (!name.starts_with(kUnnamed)) continue;
    const auto directory = find_file(root, name, O_RDONLY | O_DIRECTORY);
    if (directory && try_lock_file(directory->get())) discard_tree(root, name);
  }
}

bool same_directory(int directory, int root, const std::string& name) {
  struct stat ours {
  }, named{};
  if (fstat(directory, &ours) != 0 || fstatat(root, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0) return false;
  return ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

[[noreturn]] void throw_exists() {
  throw_error(ErrorKind::conflict, "container with given ID already exists");
}

[[noreturn]] void throw_no_container() {
  throw_error(ErrorKind::not_found, "container does not exist");
}

}  // namespace

void require_container_id(std::string_view id) {
  if (id.empty()) throw_error(ErrorKind::invalid, "container id cannot be empty");
  const bool clean = std::all_of(id.begin(), id.end(), [](unsigned char letter) {
    return isalnum(letter) || std::string_view("_+,-.").find(static_cast<char>(letter)) != std::string_view::npos;
  });
  if (!clean || id == "." || id == ".." || id.size() > 255)
    throw_error(ErrorKind::invalid, "invalid container ID format");
}

void StateDirectory::require_free(const std::string& root, const std::string& id) {
  require_container_id(id);
  if (exists_at(AT_FDCWD, cat(root, "/", id))) throw_exists();
}

StateDirectory StateDirectory::create(const std::string& root, const std::string& id,
                                      const std::vector<StateFile>& files) {
  require_container_id(id);
  ensure_dirs(root, 0700);
  StateDirectory made;
  made.id_ = id;
  made.root_ = open_dir(AT_FDCWD, root);
  sweep(made.root_.get());
  const std::string name = made.make_unnamed();
  for (const StateFile& file : files) write_file(made.fd(), file.name, file.text);
  if (!try_rename_noreplace(made.root_.get(), name, made.root_.get(), id)) {
    discard_tree(made.root_.get(), name);
    throw_exists();
  }
  return made;
}

std::string StateDirectory::make_unnamed() {
  for (;;) {
    std::string name = fresh_name();
    make_dir(root_.get(), name, 0700);
    // Another command's sweep() may be faster, both before it is opened and before it is locked.
    auto directory = find_file(root_.get(), name, O_RDONLY | O_DIRECTORY);
    if (!directory) continue;
    lock_file(directory->get());
    if (!same_directory(directory->get(), root_.get(), name)) continue;
    directory_ = std::move(*directory);
    locked_ = true;
    return name;
  }
}

StateDirectory StateDirectory::open(const std::string& root, const std::string& id) {
  require_container_id(id);
  StateDirectory opened;
  opened.id_ = id;
  auto top = find_file(AT_FDCWD, root, O_RDONLY | O_DIRECTORY);
  if (!top) throw_no_container();
  opened.root_ = std::move(*top);
  auto directory = find_file(opened.root_.get(), id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!directory) throw_no_container();
  opened.directory_ = std::move(*directory);
  return opened;
}

std::vector<std::string> StateDirectory::list(const std::string& root) {
  const auto top = find_file(AT_FDCWD, root, O_RDONLY | O_DIRECTORY);
  if (!top) return {};
  std::vector<std::string> ids = list_dir(top->get());
  std::erase_if(ids, [](const std::string& name) { return name.starts_with(kUnnamed); });
  return ids;
}

void StateDirectory::require_present() const {
  if (!same_directory(directory_.get(), root_.get(), id_)) throw_no_container();
}

void StateDirectory::lock() {
  lock_file(directory_.get());
  locked_ = true;
  require_present();
}

bool StateDirectory::try_lock(Nanoseconds patience) {
  const Nanoseconds deadline = monotonic_now() + patience;
  while (!try_lock_file(directory_.get())) {
    if (monotonic_now() >= deadline) return false;
    constexpr timespec kPause = {0, 5'000'000};
    nanosleep(&kPause, nullptr);
  }
  locked_ = true;
  require_present();
  return true;
}

void StateDirectory::unlock() {
  flock(directory_.get(), LOCK_UN);
  locked_ = false;
}

bool StateDirectory::is_locked_by_another() const {
  if (locked_) return false;
  // A description of its own: a lock belongs to the open file description (flock(2)). Closing it gives it back.
  const Fd probe = open_dir(directory_.get(), ".");
  return flock(probe.get(), LOCK_SH | LOCK_NB) != 0;
}

void StateDirectory::replace(const char* name, std::string_view text) const {
  const std::string fresh = cat(name, ".new");
  write_file(directory_.get(), fresh, text);
  rename_at(directory_.get(), fresh, directory_.get(), name);
}

void StateDirectory::remove() {
  const std::string name = fresh_name();
  rename_at(root_.get(), id_, root_.get(), name);
  discard_tree(root_.get(), name);
}

}  // namespace minidock::runtime
