// The end of a store that has no rows any more: its own files, in an order in which whatever a crash leaves can be
// opened.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "store/location.h"
#include "store/state.h"

namespace minidock::store {

namespace {

[[noreturn]] void throw_used(const Rooms& rooms) {
  throw_error(ErrorKind::in_use, "empty the store ", rooms.location().root,
              ": another command has begun to use it meanwhile; try again");
}

// Not with all that is below: what has come meanwhile is somebody's.
void remove_empty_directory(const Rooms& rooms, int dir, const char* name) {
  if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return;
  if (errno == ENOTEMPTY || errno == EEXIST) throw_used(rooms);
  throw_errno("remove ", name);
}

// All that is there but these.
void discard_others(int dir, std::initializer_list<std::string_view> kept) {
  for (const std::string& name : list_dir(dir)) {
    const bool stays = name == "lost+found" || std::find(kept.begin(), kept.end(), name) != kept.end();
    if (!stays) discard_tree(dir, name);
  }
}

}  // namespace

void Store::erase() {
  Rooms& rooms = *state_;
  {
    const Transaction lock(rooms.root_database());
    Statement rows = rooms.root_database().prepare(
        "SELECT (SELECT count(*) FROM containers) + (SELECT count(*) FROM images) + (SELECT count(*) FROM layers) + "
        "(SELECT count(*) FROM volumes) + (SELECT count(*) FROM networks)");
    rows.step();
    if (rows.number(0) != 0 || !list_containers().empty()) throw_used(rooms);
    discard_tree(rooms.root(), cat("tmp/", kGarbageMark));
    // order: tmp first. Who makes something begins with a file there, and without the directory that fails at once.
    remove_empty_directory(rooms, rooms.root(), "tmp");
  }
  rooms.close_databases();
  const int run = rooms.run_root(), root = rooms.root();
  // order: the file that says whose RUN it is before the rest of it, and the claim on the directory last.
  discard_file(run, "boot");
  remove_empty_directory(rooms, run, "containers");
  discard_others(run, {kBootLockFile});
  discard_file(run, kBootLockFile);
  for (const char* name : {"containers", "volumes", "images", "layers", "blobs/sha256", "blobs"}) {
    remove_empty_directory(rooms, root, name);
  }
  discard_tree(root, "cache");
  // race: a command that came since has made the directories anew, and its rows are to be in this very database.
  if (exists_at(root, "blobs") || exists_at(root, "tmp")) throw_used(rooms);
  discard_others(root, {kDatabaseFile, "blobs", "layers", "containers", "volumes", "cache", "tmp"});
  discard_file(root, kDatabaseFile);
}

}  // namespace minidock::store
