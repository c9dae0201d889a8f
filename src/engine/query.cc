// What there is: a container's row joined with what its monitor wrote.
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/launching.h"
#include "engine/leftovers.h"
#include "engine/log_attributes.h"
#include "engine/network_changes.h"
#include "engine/restart_policy.h"
#include "engine/spec_builder.h"
#include "engine/waiting.h"

namespace minidock::engine {

namespace {

void take_record(ContainerView& view, const monitor::ExitRecord& record, bool was_started) {
  view.exit_code = record.code;
  view.oom_killed = record.oom_killed;
  view.finished = record.finished;
  view.error = record.error;
  // Docker keeps a container whose first start failed as "Created", with the failure's code.
  view.state = was_started ? ContainerState::exited : ContainerState::created;
}

Nanoseconds read_started_mark(const store::Store& store, const store::ContainerRow& row) {
  if (row.ephemeral) return 0;
  const auto text = find_file_text(AT_FDCWD, started_mark_path(store, row), 64);
  if (!text) return 0;
  return parse_rfc3339(*text).value_or(row.created);
}

// "" or " (healthy)", in docker's words.
std::string health_note(const std::optional<Health>& health) {
  if (!health) return "";
  const bool starting = health->status == HealthStatus::starting;
  return cat(" (", starting ? "health: " : "", health_name(health->status), ")");
}

// Docker's: what has ended is unhealthy.
std::optional<Health> health_of(const ContainerView& view) {
  if (view.started == 0 || !health_check(view.config())) return std::nullopt;
  const auto run = monitor::find_run_state(view.run_directory);
  Health health = run ? find_health(view.run_directory, *run).value_or(Health()) : Health();
  if (!view.is_up()) health.status = HealthStatus::unhealthy;
  return health;
}

}  // namespace

const char* state_name(ContainerState state) {
  switch (state) {
    case ContainerState::created:
      return "created";
    case ContainerState::running:
      return "running";
    case ContainerState::restarting:
      return "restarting";
    case ContainerState::paused:
      return "paused";
    case ContainerState::exited:
      return "exited";
    case ContainerState::dead:
      return "dead";
  }
  return "unknown";
}

std::string ContainerView::status(Nanoseconds now) const {
  switch (state) {
    case ContainerState::running:
      return cat("Up ", human_duration(now - started), health_note(health()));
    case ContainerState::paused:
      return cat("Up ", human_duration(now - started), " (Paused)");
    case ContainerState::restarting:
      return cat("Restarting (", exit_code, ") ", human_duration(now - finished), " ago");
    case ContainerState::dead:
      return "Dead";
    case ContainerState::created:
      return "Created";
    case ContainerState::exited:
      break;
  }
  if (finished == 0) return cat("Exited (", exit_code, ")");  // nobody saw the end
  return cat("Exited (", exit_code, ") ", human_duration(now - finished), " ago");
}

const ContainerConfig& ContainerView::config() const {
  if (!config_) config_ = std::make_shared<ContainerConfig>(parse_container_config(row.config_json));
  return *config_;
}

NetworkRecord ContainerView::network() const {
  return is_up() && !config().networks.empty() ? read_network_record(run_directory) : NetworkRecord();
}

const std::optional<Health>& ContainerView::health() const {
  if (!health_) health_ = health_of(*this);
  return *health_;
}

ContainerView Engine::view_of(store::ContainerRow row) {
  ContainerView view;
  view.row = std::move(row);
  view.run_directory = store_.run_directory(view.row.id);
  const std::string& run_directory = view.run_directory;
  const auto run = monitor::find_run_state(run_directory);
  view.started = run ? run->started : read_started_mark(store_, view.row);
  // The process itself says whether it runs; no lock is taken, so that `ps` never gets in the way of a start.
  if (run && find_running_process(*run)) {
    view.state = is_frozen(view.row.id) ? ContainerState::paused : ContainerState::running;
    view.run = *run;
    return view;
  }
  auto record = monitor::find_exit_record(exit_record_path(store_, view.row));
  const bool ending = !record && run && is_locked(run_directory);
  // race: a monitor writes the record, then lets go of the lock; so no record and no lock takes a second look.
  if (!record && !ending) record = monitor::find_exit_record(exit_record_path(store_, view.row));
  if (record) {
    take_record(view, *record, view.started != 0);
    if (awaits_restart(store_, view)) view.state = ContainerState::restarting;
  } else if (ending) {
    view.state = ContainerState::running;  // it has just ended, and its monitor is about to say how
    view.run = *run;
  } else if (view.config().restart.name != "no" && is_locked(run_directory)) {
    view.state = ContainerState::restarting;  // the last run is forgotten, and the next is about to begin
  } else if (view.started != 0) {
    view.state = ContainerState::exited;
    view.exit_code = kUnknownExit;
    view.error = "the host went down or the container's monitor was killed: its exit code is unknown";
  }
  return view;
}

std::vector<ContainerView> Engine::list() {
  mend_networks(store_);
  std::vector<store::ContainerRow> rows = store_.list_containers();
  std::vector<ContainerView> views;
  views.reserve(rows.size());
  for (store::ContainerRow& row : rows) views.push_back(view_of(std::move(row)));
  sweep_leftovers(views);
  return views;
}

std::vector<ContainerView> Engine::list_up() {
  mend_networks(store_);
  std::vector<ContainerView> views;
  for (store::ContainerRow& row : store_.list_live_containers()) views.push_back(view_of(std::move(row)));
  sweep_leftovers(views);
  std::erase_if(views, [this](const ContainerView& view) {
    if (view.is_up() || view.state == ContainerState::restarting) return false;
    const bool to_be_swept = view.row.ephemeral || has_later_cgroups(store_, view.row.id);
    if (!to_be_swept) store_.unmark_if_stopped(view.row.id);
    return true;
  });
  return views;
}

ProtectedPaths Engine::protected_paths(const ContainerConfig& config) const {
  return engine::protected_paths(config, linux::read_host_facts());
}

int Engine::restart_count(const ContainerView& view) const {
  return find_restarts(store_, view.row.id).count;
}

ContainerView Engine::load(std::string_view name_or_id) {
  if (name_or_id.empty()) throw_error(ErrorKind::invalid, "invalid container name or ID: value is empty");
  mend_networks(store_);
  return view_of(store_.load_container(name_or_id));
}

store::EventReader Engine::open_events() const {
  return store::EventReader(store_.location().run_root);
}

monitor::LogReader Engine::open_log(const ContainerView& container) const {
  const monitor::LogFormat format = log_settings(container.config()).format;
  if (format == monitor::LogFormat::none) {
    throw_error(ErrorKind::unsupported, "container ", container.row.name,
                " keeps no log: it was made with --log-driver none");
  }
  if (format == monitor::LogFormat::journal)
    return monitor::LogReader(linux::Journal::open(cat("CONTAINER_ID_FULL=", container.row.id)));
  return {store_.container_directory(container.row.id) + "/log", format};
}

std::string Engine::log_details(const ContainerView& container) const {
  return engine::log_details(container.row, container.config());
}

std::string Engine::log_path(const ContainerView& container) const {
  if (container.config().log_driver != "json-file") return "";
  return store_.container_directory(container.row.id) + "/log";
}

}  // namespace minidock::engine
