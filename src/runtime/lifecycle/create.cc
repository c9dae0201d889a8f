// create: from a bundle to a process that waits at its gate (runtime-spec "Lifecycle", steps 2 to 6).

#include <unistd.h>

#include "base/error.h"
#include "linux/capabilities.h"
#include "linux/cgroup_processes.h"
#include "linux/seccomp.h"
#include "runtime/lifecycle/bundle_source.h"
#include "runtime/lifecycle/cgroup_unit.h"
#include "runtime/lifecycle/container.h"
#include "runtime/lifecycle/hand_over.h"
#include "runtime/lifecycle/hooks.h"
#include "runtime/lifecycle/id_maps.h"
#include "runtime/lifecycle/new_record.h"
#include "runtime/lifecycle/pid_file.h"
#include "runtime/starter/conversation.h"

namespace minidock::runtime {

namespace {

// kernel: only who has this right, if only in a user namespace made before, may mount or take a cgroup over.
void require_privilege() {
  constexpr int kSysAdmin = 21;  // linux/capability.h CAP_SYS_ADMIN
  if ((linux::effective_capabilities() >> kSysAdmin & 1) != 0) return;
  throw_error(ErrorKind::permission, "cannot create a container as user ", ::geteuid(),
              ": it takes CAP_SYS_ADMIN; run it as root, or as root of a user namespace (unshare --map-root-user)");
}

// security: delete ends every process of the cgroup. One that has processes already is somebody else's.
void require_fresh_cgroup(const linux::CgroupLayout& layout, const std::string& path) {
  const size_t count = linux::cgroup_processes(layout, path).size();
  if (count > 0) {
    throw_error(ErrorKind::in_use, "container's cgroup is not empty: ", count, " process(es) found in ", path,
                "; choose another linux.cgroupsPath");
  }
  if (linux::is_cgroup_frozen(layout, path))
    throw_error(ErrorKind::in_use, "container's cgroup unexpectedly frozen: ", path);
}

}  // namespace

// One create at work.
class Creation {
 public:
  Creation(const std::string& id, const CreateOptions& options)
      : options_(options), source_(load_bundle(options.bundle)) {
    require_privilege();
    require_terminal_rule(source_.spec.process.terminal, options.keep_terminal, options.console_socket);
    hand_over_environment(source_.spec, options.listen_fds, options.notify_socket);
    facts_ = linux::read_host_facts();
    fill_record(id);
    make_plan();
  }

  Container run(const std::string& root) {
    Container container(StateDirectory::create(
        root, record_.id,
        {{kRecordFile, to_json(record_)}, {kConfigFile, source_.config}, {kSeccompFile, bundle_.seccomp_filter}}));
    container.record_ = record_;
    container.warnings_ = plan_.warnings;
    try {
      converse(container);
      tell_caller(container);
      container.record_.complete = true;
      container.save();
      container.directory_.unlock();
    } catch (...) {
      // runtime-spec "Lifecycle": whatever fails here, the container is destroyed and its poststop hooks run.
      container.warn_of([&] { container.destroy(); });
      throw;
    }
    return container;
  }

 private:
  void fill_record(const std::string& id) {
    record_ = new_record(source_, id, facts_.cgroups);
    record_.new_keyring = options_.new_keyring;
    if (record_.cgroup.path.empty()) return;
    if (options_.systemd_cgroup) {
      require_systemd();
      place_ = linux::parse_systemd_place(source_.spec.linux_.cgroups_path, id);
      record_.cgroup = {place_->cgroup_path, place_->unit};
    }
    require_fresh_cgroup(facts_.cgroups, record_.cgroup.path);
    linux::read_cgroup_parents(facts_.cgroups, record_.cgroup.path);
  }

  void make_plan() {
    bundle_.spec = source_.spec;
    bundle_.spec.linux_.cgroups_path = record_.cgroup.path;
    bundle_.launcher = Launcher::starter;
    bundle_.gated = true;
    bundle_.no_pivot = options_.no_pivot;
    bundle_.new_keyring = options_.new_keyring;
    bundle_.plain_lines = options_.plain_lines;
    bundle_.cgroup_by_systemd = place_.has_value();
    if (source_.spec.linux_.seccomp) {
      const oci::Seccomp& profile = *source_.spec.linux_.seccomp;
      linux::SeccompFilter filter = options_.cache_directory.empty()
                                        ? linux::compile_seccomp_filter(profile)
                                        : linux::compile_seccomp_filter(profile, options_.cache_directory);
      bundle_.seccomp_filter = std::move(filter.program);
      bundle_.seccomp_flags = filter.flags;
    }
    record_.seccomp_flags = bundle_.seccomp_flags;
    plan_ = plan(bundle_, facts_);
    if (options_.on_plan) options_.on_plan(plan_);
  }

  // Speaks with the new process until it waits at the gate.
  void converse(Container& container) {
    const Fd gate = create_gate(container.directory_.fd(), kGateFile);
    Conversation conversation = Conversation::begin(
        {.plan = plan_, .gate = gate.get(), .preserved_fds = options_.preserved_fds + options_.listen_fds});
    container.record_.init = identify_process(conversation.pid());
    container.save();
    for (;;) {
      StartEvent event = conversation.next();
      switch (event.kind) {
        case StartEventKind::sync:
          answer(container, conversation, event.point);
          break;
        case StartEventKind::terminal:
          hand_over_terminal(std::move(event.fd), options_.console_socket, container.terminal_);
          break;
        case StartEventKind::created:
          return;
        case StartEventKind::listener:
        case StartEventKind::running:
          throw StartFailure(ErrorKind::internal, "cannot create container: its process was killed", 0, 125, "gate");
      }
    }
  }

  void answer(Container& container, Conversation& conversation, SyncPoint point) {
    const auto process = LiveProcess::find(container.record_.init);
    if (!process) throw_error(ErrorKind::not_found, "cannot create container: its process was killed");
    oci::State state = container.state(Status::creating);
    if (point == SyncPoint::cloned) {
      if (place_) place_by_systemd(*place_, process->pid(), source_.spec, facts_.cgroups);
      if (makes_new_namespace(source_.spec, "user"))
        write_id_maps(*process, source_.spec.linux_.uid_mappings, source_.spec.linux_.gid_mappings);
    } else {
      run_hooks_of(Status::created, container, "prestart");
      run_hooks_of(Status::creating, container, "createRuntime");
    }
    state.pid = pid_in_container(*process);
    conversation.answer(oci::to_json(state));
  }

  // spec: prestart, deprecated, comes first; its hooks were told "created" when there was no other status.
  void run_hooks_of(Status status, const Container& container, const char* point) {
    const auto hooks = source_.spec.hooks.find(point);
    if (hooks == source_.spec.hooks.end()) return;
    run_hooks(hooks->second, {point, oci::to_json(container.state(status)), source_.fd.get()});
  }

  void tell_caller(const Container& container) {
    const auto process = LiveProcess::find(container.record_.init);
    if (process && !options_.pidfd_socket.empty()) send_pidfd(options_.pidfd_socket, *process);
    if (!options_.pid_file.empty()) write_pid_file(options_.pid_file, container.record_.init.pid);
  }

  const CreateOptions& options_;
  BundleSource source_;
  linux::HostFacts facts_;
  std::optional<linux::SystemdPlace> place_;
  Record record_;
  Bundle bundle_;
  Plan plan_;
};

Container Container::adopt(const std::string& root, const Record& record, std::string_view config,
                           const std::function<int(const std::string& directory)>& bring_back) {
  Container container(StateDirectory::create(
      root, record.id, {{kRecordFile, to_json(record)}, {kConfigFile, config}, {kSeccompFile, ""}}));
  container.record_ = record;
  try {
    container.record_.init = identify_process(bring_back(path_of(container.directory_.fd())));
    container.record_.complete = true;
    container.save();
    container.directory_.unlock();
  } catch (...) {
    container.warn_of([&] { container.destroy(); });
    throw;
  }
  return container;
}

Container Container::create(const std::string& root, const std::string& id, const CreateOptions& options) {
  StateDirectory::require_free(root, id);
  return Creation(id, options).run(root);
}

}  // namespace minidock::runtime
