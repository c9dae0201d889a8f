#include "store/boot.h"

#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "store/event_log.h"
#include "store/live_marks.h"
#include "store/location.h"

namespace minidock::store {

namespace {
constexpr const char* kBootFile = "boot";    // in RUN
constexpr const char* kIdFile = "id";        // in ROOT
constexpr const char* kRunRootFile = "run";  // in ROOT: the path of the RUN in use

std::optional<Owner> find_owner(int run_root) {
  const std::optional<std::string> text = find_file_text(run_root, kBootFile);
  if (!text) return std::nullopt;
  const size_t space = text->find(' ');
  if (space == std::string::npos) return Owner{*text, ""};
  return Owner{text->substr(0, space), text->substr(space + 1)};
}

void refuse_second_run_root(int root, const std::string& path, const Owner& owner) {
  const std::optional<std::string> other = find_file_text(root, kRunRootFile);
  if (!other || *other == path) return;
  const std::optional<Fd> fd = find_file(AT_FDCWD, *other, O_RDONLY | O_DIRECTORY);
  if (!fd || find_owner(fd->get()) != owner) return;
  throw_error(ErrorKind::conflict, "use run directory ", path, ": the store is in use with ", printable(*other),
              "; give that to --run-root, or another store to --root");
}
}  // namespace

std::string ensure_store_id(int root) {
  if (std::optional<std::string> id = find_file_text(root, kIdFile)) return *id;
  const std::string id = random_hex(8), draft = cat("id.", id);
  const Fd fd = open_file(root, draft, O_WRONLY | O_CREAT | O_EXCL, 0600);
  write_all(fd.get(), id);
  sync_fd(fd.get(), kIdFile);
  if (try_rename_noreplace(root, draft, root, kIdFile)) return id;
  discard_file(root, draft);  // race: another first command was faster
  return read_file(root, kIdFile);
}

bool is_run_root_current(int run_root, const std::string& path, const Owner& owner) {
  const std::optional<Owner> found = find_owner(run_root);
  if (!found || found->boot_id != owner.boot_id) return false;
  if (*found == owner) return true;
  throw_error(ErrorKind::conflict, "use run directory ", path,
              ": it is in use for another store; give another to --run-root");
}

void renew_run_root(int root, int run_root, const std::string& path, const Owner& owner,
                    const std::function<void()>& fill) {
  const Fd lock = open_file(run_root, kBootLockFile, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  lock_file(lock.get());
  if (is_run_root_current(run_root, path, owner)) return;
  refuse_second_run_root(root, path, owner);
  for (const char* file : {kBootFile, kDatabaseFile, "minidock.db-journal"}) discard_file(run_root, file);
  for (const char* directory : {"containers", kLiveDirectory, kEventDirectory, "networks", "network-changes"})
    discard_tree(run_root, directory);
  for (const char* directory : {"containers", kLiveDirectory}) make_dir(run_root, directory, 0700);
  fill();
  write_file(root, "run.new", path);
  rename_at(root, "run.new", root, kRunRootFile);
  // order: last, and by rename, so that a half-made RUN is never taken for a whole one.
  write_file(run_root, "boot.new", cat(owner.boot_id, " ", owner.store_id));
  rename_at(run_root, "boot.new", run_root, kBootFile);
}

}  // namespace minidock::store
