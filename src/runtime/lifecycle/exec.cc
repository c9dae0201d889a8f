#include "runtime/lifecycle/exec.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "linux/host.h"
#include "runtime/lifecycle/exec_cgroups.h"
#include "runtime/lifecycle/foreign_namespaces.h"
#include "runtime/lifecycle/hand_over.h"
#include "runtime/lifecycle/pid_file.h"
#include "runtime/lifecycle/seccomp_agent.h"
#include "runtime/starter/conversation.h"

namespace minidock::runtime {

namespace {

LiveProcess require_process(const Container& container, bool ignore_paused) {
  const Status status = container.status();
  if (status == Status::paused && !ignore_paused) {
    throw_error(ErrorKind::in_use, "cannot exec in a paused container (use --ignore-paused to override)");
  }
  auto process = LiveProcess::find(container.record().init);
  if (!process || status == Status::stopped || status == Status::creating)
    throw_error(ErrorKind::in_use, "cannot exec in a stopped container");
  return std::move(*process);
}

Plan make_plan(const Container& container, const ExecOptions& options, const LiveProcess& init,
               const ForeignNamespaces& namespaces, const Fd& root) {
  const linux::HostFacts facts = linux::read_host_facts();
  ExecBundle bundle;
  bundle.launcher = Launcher::starter;
  bundle.process = options.process;
  bundle.namespaces = namespaces.list();
  bundle.user_namespace = namespaces.has_user();
  ExecCgroups cgroups = exec_cgroups(facts.cgroups, container.record().cgroup.path, init, options.sub_cgroups);
  bundle.v1_directories = std::move(cgroups.v1_directories);
  bundle.v2_directory = std::move(cgroups.v2_directory);
  if (root) bundle.root = cat("/proc/", getpid(), "/fd/", root.get());
  bundle.seccomp_filter = container.seccomp_filter();
  bundle.seccomp_flags = container.record().seccomp_flags;
  bundle.new_keyring = container.record().new_keyring;
  bundle.personality = container.spec().linux_.personality;
  bundle.plain_lines = options.plain_lines;
  return plan_exec(bundle, facts);
}

}  // namespace

void grant_capabilities(oci::Capabilities& sets, const std::vector<std::string>& names) {
  for (const std::string& text : names) {
    const auto number = linux::capability_number(text);
    if (!number) throw_error(ErrorKind::invalid, "unknown capability \"", printable(text), "\"");
    const std::string name = linux::capability_name(*number);
    for (auto* set : {&sets.bounding, &sets.effective, &sets.permitted}) {
      if (std::find(set->begin(), set->end(), name) == set->end()) set->push_back(name);
    }
    const bool inherited = std::find(sets.inheritable.begin(), sets.inheritable.end(), name) != sets.inheritable.end();
    const bool ambient = std::find(sets.ambient.begin(), sets.ambient.end(), name) != sets.ambient.end();
    if (inherited && !ambient) sets.ambient.push_back(name);
  }
}

Executed execute(const Container& container, const ExecOptions& options) {
  const LiveProcess init = require_process(container, options.ignore_paused);
  require_terminal_rule(options.process.terminal, options.keep_terminal, options.console_socket);
  const ForeignNamespaces namespaces(init);
  const Fd root = container.record().before.boot_id.empty() ? Fd() : open_dir(init.proc(), "root");
  const Plan plan = make_plan(container, options, init, namespaces, root);
  if (options.on_plan) options.on_plan(plan);
  Conversation conversation = Conversation::begin({plan, -1, "cannot execute in the container", options.preserved_fds});
  Executed executed;
  executed.warnings = plan.warnings;
  executed.process = identify_process(conversation.pid());
  for (StartEvent event = conversation.next(); event.kind != StartEventKind::running; event = conversation.next()) {
    if (event.kind == StartEventKind::terminal) {
      hand_over_terminal(std::move(event.fd), options.console_socket, executed.terminal);
    } else if (event.kind == StartEventKind::listener) {
      const oci::Spec spec = container.spec();
      send_to_seccomp_agent(*spec.linux_.seccomp, event.fd.get(), conversation.pid(), container.state(Status::running));
    } else if (event.kind == StartEventKind::sync) {
      conversation.answer("");
    }
  }
  if (!options.pidfd_socket.empty()) {
    if (const auto process = LiveProcess::find(executed.process)) send_pidfd(options.pidfd_socket, *process);
  }
  if (!options.pid_file.empty()) write_pid_file(options.pid_file, executed.process.pid);
  return executed;
}

}  // namespace minidock::runtime
