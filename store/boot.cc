#include "store/boot.h"

#include "base/file.h"
#include "store/location.h"

namespace minidock::store {

namespace {
constexpr const char* kBootFile = "boot";
}  // namespace

bool is_run_root_current(int run_root, const std::string& boot_id) {
  return find_file_text(run_root, kBootFile) == boot_id;
}

void renew_run_root(int run_root, const std::string& boot_id, const std::function<void()>& fill) {
  const Fd lock = open_file(run_root, kBootLockFile, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  lock_file(lock.get());
  if (is_run_root_current(run_root, boot_id)) return;
  for (const char* file : {kBootFile, kDatabaseFile, "minidock.db-journal"}) discard_file(run_root, file);
  discard_tree(run_root, "containers");
  make_dir(run_root, "containers", 0700);
  fill();
  // order: last, and by rename, so that a half-made RUN is never taken for a whole one.
  write_file(run_root, "boot.new", boot_id);
  rename_at(run_root, "boot.new", run_root, kBootFile);
}

}  // namespace minidock::store
