#include "store/live_marks.h"

#include <fcntl.h>

#include "base/file.h"
#include "base/random.h"

namespace minidock::store {

namespace {
std::string mark_path(const std::string& id) {
  return cat(kLiveDirectory, "/", id);
}

void make_mark(int directory, const std::string& path) {
  open_file(directory, path, O_WRONLY | O_CREAT | O_NOFOLLOW, 0600);
}

// What a monitor of any version leaves beside the lock.
void make_marks_of_states(Rooms& rooms) {
  const std::string draft = cat(kLiveDirectory, ".", random_hex(8));
  make_dir(rooms.run_root(), draft, 0700);
  for (const std::string& id : list_dir(rooms.run_root(), "containers")) {
    if (exists_at(rooms.run_root(), container_path(id) + "/state")) make_mark(rooms.run_root(), cat(draft, "/", id));
  }
  // race: another command was as fast, and has found the same.
  if (try_rename_noreplace(rooms.run_root(), draft, rooms.run_root(), kLiveDirectory)) return;
  discard_tree(rooms.run_root(), draft);
}

void ensure_marks(Rooms& rooms) {
  if (!exists_at(rooms.run_root(), kLiveDirectory)) make_marks_of_states(rooms);
}
}  // namespace

void make_live_mark(Rooms& rooms, const std::string& id) {
  ensure_marks(rooms);
  make_mark(rooms.run_root(), mark_path(id));
}

void discard_live_mark(Rooms& rooms, const std::string& id) {
  discard_file(rooms.run_root(), mark_path(id));
}

std::vector<std::string> list_live_marks(Rooms& rooms) {
  ensure_marks(rooms);
  return list_dir(rooms.run_root(), kLiveDirectory);
}

}  // namespace minidock::store
