// exec: a further process in a running container, with a monitor of its own.
#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "engine/command_facts.h"
#include "engine/container_cgroup.h"
#include "engine/events.h"
#include "engine/launching.h"
#include "engine/leftovers.h"
#include "engine/spec_builder.h"
#include "engine/waiting.h"
#include "runtime/lifecycle/exec_cgroups.h"
#include "runtime/lifecycle/foreign_namespaces.h"

namespace minidock::engine {

namespace {

// The container's own config, but for what the user said: who asks for nothing gets what its first process got.
ContainerConfig config_of(const ContainerView& view, const ExecOptions& options) {
  ContainerConfig config = view.config();
  config.entrypoint = "";
  config.args = options.args;
  config.env.insert(config.env.end(), options.env.begin(), options.env.end());
  if (!options.user.empty()) config.user = options.user;
  if (!options.working_dir.empty()) config.working_dir = options.working_dir;
  config.tty = options.tty;
  config.rows = options.rows;
  config.columns = options.columns;
  return config;
}

runtime::LiveProcess require_process(const ContainerView& view, std::string_view name_or_id) {
  if (view.state == ContainerState::paused)
    throw_error(ErrorKind::conflict, "Container ", printable(name_or_id),
                " is paused, unpause the container before exec");
  auto process = runtime::LiveProcess::find({view.run.pid, view.run.start_time, view.run.boot_id});
  if (view.state != ContainerState::running || !process)
    throw_error(ErrorKind::conflict, "container ", view.row.id, " is not running");
  return std::move(*process);
}

// A cgroup below the container's in one hierarchy is enough: it tells what belongs together. Of v1's the one whose
// children need no setting, and change nothing of what the container may use.
void give_own_cgroup(runtime::ExecBundle& bundle, const linux::CgroupLayout& layout, const std::string& path) {
  const linux::CgroupHierarchy* pids = layout.find("pids");
  const std::string v1 = pids != nullptr && pids->version == 1 ? pids->mount_point : "";
  for (std::string& directory : bundle.v1_directories) {
    if (v1.empty() || !directory.starts_with(cat(v1, "/"))) continue;
    directory = bundle.own_cgroup = v1 + path;
    return;
  }
  if (bundle.v2_directory.empty()) {
    throw_error(ErrorKind::unsupported, "this host has no pids cgroup controller, by which the end of a health check ",
                "is known to be the end of all that it started; mount it");
  }
  bundle.v2_directory = bundle.own_cgroup = layout.unified()->mount_point + path;
}

}  // namespace

monitor::Session Engine::execute(std::string_view name_or_id, const ExecOptions& options) {
  const ContainerView view = load(name_or_id);
  const runtime::LiveProcess process = require_process(view, name_or_id);
  const linux::HostFacts facts = linux::read_host_facts();
  const ContainerConfig config = config_of(view, options);
  std::vector<std::string> warnings;
  const runtime::ForeignNamespaces namespaces(process);
  const std::string cgroup = cgroup_path(store_, view.row.id);
  const runtime::ExecCgroups cgroups = runtime::exec_cgroups(facts.cgroups, cgroup, process, {});
  runtime::ExecBundle bundle;
  bundle.process = build_process(config, view.row.id, facts, warnings);
  if (options.privileged) bundle.process.capabilities = all_capabilities(facts);
  bundle.namespaces = namespaces.list();
  bundle.v1_directories = cgroups.v1_directories;
  bundle.v2_directory = cgroups.v2_directory;
  if (!options.own_cgroup.empty()) {
    give_own_cgroup(bundle, facts.cgroups, cat(cgroup, "/", options.own_cgroup));
  }
  bundle.seccomp_filter = seccomp_filter(view.config(), granted_capabilities(view.config(), facts),
                                         store_.location().root + "/cache/seccomp");
  monitor::LaunchRequest request;
  request.plan = runtime::plan_exec(bundle, facts);
  request.failing = "cannot execute in the container";
  request.own_cgroup = monitor_cgroup(facts.cgroups, cgroup);
  request.open_stdin = options.open_stdin;
  request.stdin_once = true;
  request.terminal = options.tty;
  request.run_timeout = options.timeout;
  request.lock_fd = options.lock_fd;
  if (options.explain) options.explain(request.plan);
  const EventAttributes exec_id = {{"execID", random_hex(32)}};
  const std::string command = join(options.args, " ");
  for (const char* action : {"exec_create: ", "exec_start: "}) {
    record_container_event(store_, view.row, view.config(), action + command, exec_id);
  }
  request.events = monitor_events(store_, view.row, view.config(), exec_id);
  try {
    return monitor::Session::launch(request);
  } catch (const monitor::StartFailure& failure) {
    if (failure.exit_code() == 125) throw failure.with_exit_code(126);  // docker's, where only the command is lost
    const auto root = find_file(process.proc(), "root", O_PATH | O_DIRECTORY);
    if (!failure.is_of_command() || !root) throw;
    throw failure.with_diagnosis(diagnose_command_in(root->get(), config));
  }
}

}  // namespace minidock::engine
