#include "engine/restart_policy.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/launching.h"
#include "engine/waiting.h"
#include "monitor/frame.h"

namespace minidock::engine {

namespace {

constexpr int kLongestDelay = 60'000;           // milliseconds
constexpr Nanoseconds kLongRun = 10 * kSecond;  // after which the delay begins anew: docker's figures

std::string restarts_path(const store::Store& store, const std::string& id) {
  return store.run_directory(id) + "/restarts";
}

std::string policy_mark(const store::Store& store, const std::string& id) {
  return store.run_directory(id) + "/policy-changed";
}

// The monitor's, which hands it on at the number that it had it at. nullopt where that is something else.
std::optional<Fd> inherited_lock(const store::Store& store, const std::string& id) {
  const auto file = find_file(AT_FDCWD, store.run_directory(id) + "/lock", O_RDONLY | O_NOFOLLOW);
  if (!file || !is_same_file(monitor::kLockFd, file->get())) return std::nullopt;
  Fd lock(fcntl(monitor::kLockFd, F_DUPFD_CLOEXEC, monitor::kProgramFd + 1));
  close(monitor::kLockFd);
  return lock;
}

monitor::RestartRule rule_of(const RestartPolicy& policy) {
  if (policy.name == "always" || policy.name == "unless-stopped") return monitor::RestartRule::always;
  return policy.name == "on-failure" ? monitor::RestartRule::on_failure : monitor::RestartRule::never;
}

bool wants_restart(const store::Store& store, const ContainerView& view) {
  const RestartPolicy& policy = view.config().restart;
  const monitor::RestartRule rule = rule_of(policy);
  if (rule == monitor::RestartRule::never) return false;
  return monitor::wants_restart(rule, view.exit_code, find_restarts(store, view.row.id).count, policy.most);
}

}  // namespace

RestartPolicy parse_restart_policy(std::string_view text) {
  const size_t colon = text.find(':');
  RestartPolicy policy;
  policy.name = text.substr(0, colon);
  if (policy.name.empty() && colon == std::string_view::npos) return {};
  if (policy.name != "no" && policy.name != "always" && policy.name != "on-failure" &&
      policy.name != "unless-stopped") {
    throw_error(ErrorKind::invalid, "invalid restart policy: unknown policy '", printable(policy.name),
                "'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'");
  }
  if (colon == std::string_view::npos) return policy;
  const auto most = parse_int(text.substr(colon + 1));
  if (!most || *most < 0 || *most > INT32_MAX)
    throw_error(ErrorKind::invalid, "invalid restart policy format: maximum retry count must be an integer");
  if (policy.name != "on-failure" && *most != 0) {
    throw_error(ErrorKind::invalid, "invalid restart policy: maximum retry count can only be used with 'on-failure'");
  }
  policy.most = static_cast<int>(*most);
  return policy;
}

Restarts find_restarts(const store::Store& store, const std::string& id) {
  Restarts restarts;
  const auto text = find_file_text(AT_FDCWD, restarts_path(store, id), 64);
  if (!text) return restarts;
  const std::vector<std::string> words = split(trim(*text), ' ');
  if (words.size() != 2) return restarts;
  restarts.count = static_cast<int>(parse_int(words[0]).value_or(0));
  restarts.delay = static_cast<int>(parse_int(words[1]).value_or(restarts.delay));
  return restarts;
}

std::string stopped_mark_path(const store::Store& store, const std::string& id) {
  return store.container_directory(id) + "/stopped";
}

void mark_stopped(const store::Store& store, const store::ContainerRow& row) {
  if (!row.ephemeral) write_file(AT_FDCWD, stopped_mark_path(store, row.id), "");
}

void begin_restarts(const store::Store& store, const std::string& id) {
  discard_file(AT_FDCWD, stopped_mark_path(store, id));
  discard_file(AT_FDCWD, restarts_path(store, id));
}

void mark_policy_changed(const store::Store& store, const store::ContainerRow& row) {
  if (!row.ephemeral) write_file(AT_FDCWD, policy_mark(store, row.id), "");
}

void discard_policy_mark(const store::Store& store, const std::string& id) {
  discard_file(AT_FDCWD, policy_mark(store, id));
}

bool awaits_restart(const store::Store& store, const ContainerView& view) {
  if (!wants_restart(store, view)) return false;
  return is_locked(store.run_directory(view.row.id)) && !exists_at(AT_FDCWD, stopped_mark_path(store, view.row.id));
}

void wake_monitor(const store::Store& store, const std::string& id) {
  monitor::Session::wake(store.run_directory(id));
}

void add_restart_policy(const store::Store& store, const store::ContainerRow& row, const ContainerConfig& config,
                        monitor::LaunchRequest& request) {
  if (row.ephemeral) return;
  request.restart.rule = rule_of(config.restart);
  request.policy_mark = policy_mark(store, row.id);
  const Restarts restarts = find_restarts(store, row.id);
  request.restart.most = config.restart.most;
  request.restart.count = restarts.count;
  request.restart.delay = restarts.delay;
  request.stopped_path = stopped_mark_path(store, row.id);
  request.cleanup = own_command(store.location(), "__restart", row.id);
}

// For a monitor that was told another policy: false as soon as nobody wants it to run again.
bool Engine::await_restart(const std::string& id, Nanoseconds delay) {
  constexpr timespec kPause = {0, 20'000'000};
  const Nanoseconds until = monotonic_now() + delay;
  for (;;) {
    const auto row = store_.find_container(id);
    if (!row || exists_at(AT_FDCWD, stopped_mark_path(store_, id)) || !wants_restart(store_, view_of(*row)))
      return false;
    if (monotonic_now() >= until) return true;
    ::nanosleep(&kPause, nullptr);
  }
}

void Engine::restart_by_policy(const std::string& id) {
  const auto row = store_.find_container(id);
  if (!row || exists_at(AT_FDCWD, stopped_mark_path(store_, row->id))) return;
  const ContainerView view = view_of(*row);
  if (view.is_up()) return;  // somebody was faster
  Restarts restarts = find_restarts(store_, row->id);
  const bool long_run = view.started != 0 && view.finished - view.started >= kLongRun;
  const int delay = long_run ? Restarts().delay : restarts.delay;
  restarts.delay = long_run ? Restarts().delay : std::min(2 * restarts.delay, kLongestDelay);
  ++restarts.count;
  auto lock = inherited_lock(store_, row->id);
  if (!lock) return;
  const bool told = !exists_at(AT_FDCWD, policy_mark(store_, row->id));  // then its monitor has waited
  if (!await_restart(row->id, told ? 0 : delay * (kSecond / 1000))) return;
  write_file(AT_FDCWD, restarts_path(store_, row->id), cat(restarts.count, " ", restarts.delay));
  start_again(*row, std::move(*lock));
}

std::vector<std::string> Engine::boot() {
  std::vector<std::string> failures;
  for (const store::ContainerRow& row : store_.list_containers()) {
    const ContainerView view = view_of(row);
    const std::string& policy = view.config().restart.name;
    const bool stopped = exists_at(AT_FDCWD, stopped_mark_path(store_, row.id));
    const bool wanted = policy == "always" || (policy == "unless-stopped" && !stopped);
    if (!wanted || view.state != ContainerState::exited) continue;
    try {
      start(row.id);
    } catch (const Error& error) {
      failures.push_back(cat(row.name, ": ", error.what()));
    }
  }
  return failures;
}

}  // namespace minidock::engine
