// attach: to a container that runs, and back to one whose monitor was killed.
#include <ctime>

#include "base/error.h"
#include "base/text.h"
#include "engine/events.h"
#include "engine/launching.h"
#include "engine/waiting.h"

namespace minidock::engine {

RunningContainer Engine::attach(std::string_view name_or_id) {
  const ContainerView view = load(name_or_id);
  if (view.state == ContainerState::paused)
    throw_error(ErrorKind::conflict, "You cannot attach to a paused container, unpause it first");
  if (view.state != ContainerState::running)
    throw_error(ErrorKind::conflict, "You cannot attach to a stopped container, start it first");
  auto session = monitor::Session::attach(store_.run_directory(view.row.id));
  if (!session) {
    throw_error(ErrorKind::conflict, "attach to container ", view.row.name,
                ": its monitor does not answer: it has just ended, or serves as many clients as it can");
  }
  record_container_event(store_, view.row, view.config(), "attach");
  return {view.row.id, std::move(*session), {}};
}

Reconnected Engine::reconnect(const std::string& id) {
  constexpr Nanoseconds kPatience = 5 * kSecond;
  constexpr timespec kPause = {0, 5'000'000};
  const Nanoseconds deadline = monotonic_now() + kPatience;
  const auto row = store_.find_container(id);
  if (!row) return {};
  const std::string run_directory = store_.run_directory(id);
  do {
    // order: the lock before the record, as in await_exit_record().
    const bool free = !is_locked(run_directory);
    if (auto record = monitor::find_exit_record(exit_record_path(store_, *row))) return {std::nullopt, record};
    if (free) return {};
    if (auto session = monitor::Session::attach(run_directory)) return {std::move(session), std::nullopt};
    ::nanosleep(&kPause, nullptr);
  } while (monotonic_now() < deadline);
  return {};
}

}  // namespace minidock::engine
