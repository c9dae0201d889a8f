#include "runtime/lifecycle/container.h"

#include <fcntl.h>
#include <sys/file.h>

#include "base/error.h"
#include "base/file.h"
#include "linux/cgroup_processes.h"
#include "linux/cgroup_update.h"
#include "runtime/lifecycle/cgroup_unit.h"

namespace minidock::runtime {

std::string_view status_word(Status status) {
  switch (status) {
    case Status::creating:
      return "creating";
    case Status::created:
      return "created";
    case Status::running:
      return "running";
    case Status::paused:
      return "paused";
    case Status::stopped:
      break;
  }
  return "stopped";
}

Container Container::load(const std::string& root, const std::string& id) {
  Container container(StateDirectory::open(root, id));
  container.reload();
  return container;
}

void Container::reload() {
  const auto text = find_file_text(directory_.fd(), kRecordFile);
  // race: the directory was removed after it was opened.
  if (!text) throw_error(ErrorKind::not_found, "container does not exist");
  record_ = parse_record(*text);
  if (!record_.cgroup.unit.empty()) require_systemd();
}

const linux::CgroupLayout& Container::layout() const {
  if (!layout_) layout_ = linux::read_cgroup_layout();
  return *layout_;
}

void Container::lock_and_reload() {
  directory_.lock();
  reload();
}

void Container::save() {
  directory_.replace(kRecordFile, to_json(record_));
}

Status Container::status() const {
  const bool alive = LiveProcess::find(record_.init).has_value();
  if (!record_.complete) {
    // race: a create that was killed holds no lock any more, and its init ended with it.
    return alive || directory_.is_locked_by_another() ? Status::creating : Status::stopped;
  }
  if (!alive) return Status::stopped;
  if (!record_.cgroup.path.empty() && linux::is_cgroup_frozen(layout(), record_.cgroup.path)) return Status::paused;
  return exists_at(directory_.fd(), kGateFile) ? Status::created : Status::running;
}

oci::State Container::state(Status status) const {
  oci::State state;
  state.id = record_.id;
  state.status = status_word(status);
  state.pid = status == Status::stopped ? 0 : record_.init.pid;
  state.bundle = record_.bundle;
  state.annotations = record_.annotations;
  return state;
}

std::string Container::config() const {
  return read_file(directory_.fd(), kConfigFile);
}

oci::Spec Container::spec() const {
  return oci::parse_spec(config());
}

std::string Container::seccomp_filter() const {
  return find_file_text(directory_.fd(), kSeccompFile).value_or("");
}

std::vector<pid_t> Container::processes() const {
  if (!record_.cgroup.path.empty()) return linux::cgroup_processes(layout(), record_.cgroup.path);
  return LiveProcess::find(record_.init) ? std::vector<pid_t>{record_.init.pid} : std::vector<pid_t>{};
}

Status Container::require_running(const char* verb) const {
  const Status now = status();
  if (now != Status::created && now != Status::running) throw_error(ErrorKind::in_use, "container not running");
  if (record_.cgroup.path.empty())
    throw_error(ErrorKind::unsupported, "cannot ", verb, " container ", id(), ": it has no cgroup");
  return now;
}

void Container::pause() {
  lock_and_reload();
  require_running("pause");
  linux::freeze_cgroup(layout(), record_.cgroup.path);
  directory_.unlock();
}

void Container::resume() {
  lock_and_reload();
  if (status() != Status::paused) throw_error(ErrorKind::in_use, "container not paused");
  linux::thaw_cgroup(layout(), record_.cgroup.path);
  directory_.unlock();
}

void Container::update(const oci::Resources& change) {
  lock_and_reload();
  if (status() != Status::paused) require_running("update");
  // order: systemd rounds some limits; what is asked for is written over them.
  if (!record_.cgroup.unit.empty()) change_unit(record_.cgroup.unit, record_.cgroup.path, change, layout());
  linux::update_cgroup(layout(), record_.cgroup.path, change);
  directory_.unlock();
}

}  // namespace minidock::runtime
