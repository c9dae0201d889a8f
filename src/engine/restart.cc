#include "engine/restart.h"

#include "base/file.h"
#include "base/text.h"
#include "engine/events.h"
#include "engine/launching.h"

namespace minidock::engine {

namespace {

std::string restart_mark(const store::Store& store, const std::string& id) {
  return store.run_directory(id) + "/restart";
}

}  // namespace

bool is_restarting(const store::Store& store, const std::string& id) {
  const auto mark = find_file(AT_FDCWD, restart_mark(store, id), O_RDONLY | O_NOFOLLOW);
  return mark && !try_lock_file(mark->get());
}

RunningContainer Engine::restart(std::string_view name_or_id, const StopOptions& options) {
  const ContainerView view = load(name_or_id);
  Fd mark;
  if (view.is_up() || view.state == ContainerState::restarting) {
    // A file that its maker keeps locked, so that it means something only as long as this command lives.
    mark = open_file(AT_FDCWD, restart_mark(store_, view.row.id), O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    lock_file(mark.get());  // one restart of a container at a time
    stop(view.row.id, options);
    // race: its monitor has told how it ended, and may yet have the lock.
    lock_ended(store_, view.row);
    // kernel: a volatile overlay refuses to be mounted twice, for what a crash in between may have lost. There was
    // none.
    if (view.row.ephemeral) {
      discard_tree(AT_FDCWD, cat(store_.container_directory(view.row.id), "/work", "/work", "/incompat"));
    }
  }
  RunningContainer container = start(view.row.id);
  record_container_event(store_, view.row, view.config(), "restart");
  return container;
}

}  // namespace minidock::engine
