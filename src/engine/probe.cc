// One check of a container's health: the probe, its result, and what follows from it.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/container_cgroup.h"
#include "engine/events.h"
#include "engine/health.h"
#include "engine/launching.h"
#include "engine/leftovers.h"
#include "engine/waiting.h"
#include "linux/cgroup_apply.h"
#include "linux/cgroup_processes.h"
#include "linux/child.h"
#include "linux/syscalls.h"
#include "oci/health_check.h"

namespace minidock::engine {

namespace {

constexpr int kLook = 500;  // milliseconds between two looks at whether the container is paused

// By the kernel's clock: a wall clock that is set meanwhile would end a start period, or begin it anew.
Nanoseconds age_of(const monitor::RunState& run) {
  const auto ticks = static_cast<Nanoseconds>(::sysconf(_SC_CLK_TCK));
  return monotonic_now() - static_cast<Nanoseconds>(run.start_time) * (kSecond / ticks);
}

// What a probe left whose own monitor was killed.
void end_former_probe(const linux::CgroupLayout& layout, const std::string& path) {
  constexpr Nanoseconds kPatience = 2 * kSecond;
  if (linux::find_cgroups(layout, path).empty()) return;
  linux::signal_cgroup(layout, path, SIGKILL);
  linux::wait_cgroup_empty(layout, path, kPatience);
  if (!linux::try_remove_cgroups(layout, path)) {
    throw_error(ErrorKind::in_use, "cannot check the container's health: a process of the check before does not end");
  }
}

// A probe under way.
class Probe {
 public:
  Probe(monitor::Session session, int container) : session_(std::move(session)), container_(container) {}

  // To its end. `is_paused` is asked now and then.
  void run(const std::function<bool()>& is_paused) {
    while (!ended_) {
      pollfd fds[] = {{session_.fd(), POLLIN, 0}, {container_, POLLIN, 0}};
      if (::poll(fds, 2, kLook) < 0 && errno != EINTR) throw_errno("wait for the probe");
      if (fds[1].revents != 0) end_with_container();
      paused_ = paused_ || is_paused();
      if (fds[0].revents != 0) take_event();
    }
  }

  bool container_ended() const { return container_ < 0; }
  bool was_paused() const { return paused_; }
  int exit_code() const { return exit_code_; }
  std::string output() const { return output_.text(); }

 private:
  // One that shares the host's processes would stay.
  void end_with_container() {
    container_ = -1;
    session_.send_signal(SIGKILL);
  }

  void take_event() {
    const monitor::Event event = session_.read_event();
    switch (event.kind) {
      case monitor::EventKind::output:
      case monitor::EventKind::error_output:
        output_.add(event.data);
        break;
      case monitor::EventKind::exited:
        exit_code_ = event.exit.code;
        ended_ = true;
        break;
      case monitor::EventKind::closed:
        output_.add("the probe's monitor was killed");
        ended_ = true;
        break;
    }
  }

  monitor::Session session_;
  int container_;  // its pidfd; -1 once it has ended
  ProbeOutput output_;
  int exit_code_ = -1;
  bool ended_ = false, paused_ = false;
};

// Docker's result for one that was killed for its time.
void take_time_out(ProbeResult& result, Nanoseconds timeout) {
  result.exit_code = -1;
  const std::string output = std::move(result.output);
  result.output = cat("Health check exceeded timeout (", oci::go_duration(timeout), ")");
  if (!output.empty()) result.output += cat(": ", output);
}

}  // namespace

// nullopt: the container ended or stood still meanwhile, so its command's end says nothing.
std::optional<ProbeResult> Engine::run_probe(const ContainerView& view, const oci::HealthCheck& check, int container,
                                             const Fd& turn) {
  constexpr int kKilled = 128 + SIGKILL;
  ProbeResult result;
  result.start = now();
  const Nanoseconds began = monotonic_now();
  try {
    ExecOptions options;
    options.args = probe_command(check, view.config());
    options.own_cgroup = monitor::kProbeCgroup;
    options.timeout = check.timeout;
    options.lock_fd = turn.get();
    Probe probe(execute(view.row.id, options), container);
    probe.run([&] { return is_frozen(view.row.id); });
    result.exit_code = probe.exit_code();
    result.output = probe.output();
    if (result.exit_code == kKilled && monotonic_now() - began >= check.timeout) {
      take_time_out(result, check.timeout);
    } else if (result.exit_code == kKilled && wait_for_process(container, 2 * kSecond)) {
      // kernel: all in a pid namespace have been killed before its PID 1 counts as ended (zap_pid_ns_processes()).
      return std::nullopt;
    }
    if (probe.container_ended() || (probe.was_paused() && result.exit_code != 0)) return std::nullopt;
  } catch (const Error& error) {
    if (wait_for_process(container, 0) || is_frozen(view.row.id)) return std::nullopt;
    result.exit_code = -1;
    result.output = error.what();
  }
  result.end = now();
  return result;
}

std::optional<Health> Engine::probe(std::string_view name_or_id, bool wait_for_turn) {
  const ContainerView view = load(name_or_id);
  const auto check = health_check(view.config());
  if (!check) throw_error(ErrorKind::conflict, "container ", view.row.id, " has no defined healthcheck");
  const auto process = view.is_up() ? find_running_process(view.run) : std::nullopt;
  if (!process) throw_error(ErrorKind::conflict, "container ", view.row.id, " is not running");
  if (view.state == ContainerState::paused) {
    throw_error(ErrorKind::conflict, "container ", view.row.id, " is paused: unpause it before its health is checked");
  }
  const std::string run_directory = store_.run_directory(view.row.id);
  // Held by the probe's own monitor too: one probe at a time, also where this process is killed.
  const Fd turn = open_file(AT_FDCWD, run_directory + "/health.lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (!try_lock_file(turn.get())) {
    if (!wait_for_turn) return std::nullopt;
    lock_file(turn.get());
  }
  end_former_probe(cgroup_layout(), cat(cgroup_path(store_, view.row.id), "/", monitor::kProbeCgroup));
  const Nanoseconds age = age_of(view.run);
  auto result = run_probe(view, *check, process->get(), turn);
  if (!result) return std::nullopt;
  const auto before = find_health(run_directory, view.run);
  HealthStep step = take_result(before.value_or(Health()), std::move(*result), *check, age);
  const bool acts = step.changed && step.health.status == HealthStatus::unhealthy;
  if (acts && view.config().health_on_failure != "none") step.health.action = view.config().health_on_failure;
  write_health(run_directory, view.run, step.health);
  if (step.changed) health_changed(view, step.health, process->get());
  return std::move(step.health);
}

// Once for each change of status, after it is on record: here it is known to all of the engine.
void Engine::health_changed(const ContainerView& view, const Health& health, int container) {
  record_health_status(store_, view.row, view.config(), health_name(health.status));
  if (health.status != HealthStatus::unhealthy) return;
  const std::string& action = health.action;
  if (action == "kill") {
    // Without the mark of a `kill` by hand: a restart policy may start it again.
    linux::pidfd_send_signal(container, SIGKILL);
    ensure_thawed(view.row.id);
  } else if (!action.empty()) {
    // In a process of its own: the container's monitor waits for this one to end, before it is gone itself.
    linux::start_detached("/proc/self/exe", own_command(store_.location(), action, view.row.id));
  }
}

}  // namespace minidock::engine
