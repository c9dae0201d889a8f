// The interpreter of a Plan's init stage.
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/init/channel.h"
#include "runtime/init/mount_api.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

namespace {
int result_of(int result) {
  return result == 0 ? 0 : errno;
}

int tree_step(Context& context, const RecordView& step) {
  switch (step.op()) {
    case Op::make_private:
      return result_of(set_propagation(context, static_cast<unsigned long>(step.number(0))));
    case Op::share_mounts:
      context.emulation.forbidden = true;
      return 0;
    case Op::open_tree:
      return open_tree_step(context, step);
    case Op::open_below:
      return open_below_step(context, step);
    case Op::open_cgroup:
      return open_cgroup_step(context, step);
    case Op::open_directory:
      return open_directory_step(context, step);
    case Op::open_inside:
      return open_inside_step(context, step);
    case Op::open_map:
      return open_map_step(context, step);
    case Op::idmap:
      return idmap_step(context, step);
    case Op::overlay:
      return overlay_step(context, step);
    case Op::attach_root:
      return attach_root_step(context, step);
    case Op::pivot:
      return pivot_step(context, step);
    case Op::root_propagation:
      return root_propagation_step(step);
    case Op::new_mount:
      return new_mount_step(context, step);
    case Op::make_node:
      return make_node_step(context, step);
    case Op::make_symlink:
      return make_symlink_step(context, step);
    case Op::make_directory:
      return make_directory_step(context, step);
    case Op::attach:
      return attach_step(context, step);
    case Op::bind_options:
      return bind_options_step(context, step);
    case Op::set_attributes:
      return set_attributes_step(context, step);
    case Op::remount:
      return remount_step(context, step);
    case Op::copy_up:
      return copy_up_step(context, step);
    case Op::change_owner:
      return change_owner_step(context, step);
    case Op::mask:
      return mask_step(context, step);
    case Op::read_only:
      return read_only_step(context, step);
    case Op::root_read_only:
      return root_read_only_step(context);
    default:
      return ENOSYS;
  }
}

int rights_step(Context& context, const RecordView& step) {
  switch (step.op()) {
    case Op::bounding_set:
      return bounding_set_step(step);
    case Op::become_user:
      return become_user_step(context);
    case Op::capability_sets:
      return capability_sets_step(context, step);
    case Op::no_new_privileges:
      return result_of(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    case Op::selinux:
      return selinux_step(context, step);
    case Op::apparmor:
      return apparmor_step(context, step);
    case Op::seccomp:
      return seccomp_step(context, step);
    default:
      return tree_step(context, step);
  }
}

int process_step(Context& context, const RecordView& step) {
  switch (step.op()) {
    case Op::scheduler:
      return scheduler_step(context, step);
    case Op::io_priority:
      return io_priority_step(step);
    case Op::cpu_affinity:
      return cpu_affinity_step(step);
    case Op::personality:
      return personality_step(step);
    case Op::streams:
      return streams_step(context);
    case Op::terminal:
      return terminal_step(context, step);
    case Op::sysctl:
      return sysctl_step(context, step);
    case Op::new_keyring:
      return new_keyring_step();
    case Op::rlimit:
      return rlimit_step(step);
    case Op::oom_score:
      return oom_score_step(context, step);
    case Op::identity:
      return identity_step(context, step);
    case Op::workdir:
      return workdir_step(context, step);
    case Op::umask:
      ::umask(static_cast<mode_t>(step.number(0)));
      return 0;
    case Op::find_command:
      return find_command_step(context);
    case Op::reaper:
      return reaper_step(context);
    case Op::execute:
      return execute_command(context);
    case Op::environment:
      return 0;
    default:
      return rights_step(context, step);
  }
}

int namespace_step(Context& context, const RecordView& step) {
  switch (step.op()) {
    case Op::cgroup_join:
      return cgroup_join(step);
    case Op::open_namespace:
      return open_namespace_step(context, step);
    case Op::join_namespace:
      return join_namespace(context, step);
    case Op::unshare:
      return result_of(unshare(static_cast<int>(step.number(0))));
    case Op::hostname:
    case Op::domainname:
      return set_host_names(step);
    case Op::loopback_up:
      return loopback_up();
    case Op::await_host:
      return await_host_step(context);
    case Op::ask_network:
      return ask_network(context.detail, step, 0);
    case Op::time_namespace:
      return time_namespace_step(context, step);
    case Op::host_proc:
      return host_proc_step(context);
    case Op::become_root:
      return become_root_step();
    case Op::sync:
      return sync_step(context, step);
    case Op::gate:
      return gate_step(context);
    case Op::hook:
      return hook_step(context, step);
    default:
      return process_step(context, step);
  }
}

[[noreturn]] void fail(Context& context, const RecordView& step, int failure) {
  Report report = {};
  report.kind = ReportKind::failed;
  report.error_number = failure;
  report.exit_code = context.exit_code;
  memcpy(report.step, step.name(), strnlen(step.name(), sizeof report.step - 1));
  memcpy(report.detail, context.detail.c_str(), strnlen(context.detail.c_str(), sizeof report.detail - 1));
  send_failure(context.monitor_socket, report);
  _exit(context.exit_code);
}

// Signals as a new program expects them: nothing blocked, nothing ignored.
void reset_signals() {
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}
}  // namespace

int execute_step(Context& context, const RecordView& step) {
  context.detail.clear();
  context.exit_code = 125;
  context.cloned = step.stage() == Stage::init;
  return namespace_step(context, step);
}

void run_init(Context& context) {
  for (RecordView step = context.records; step.valid(); step = step.next()) {
    if (step.op() == Op::execute) context.arguments = step;
    if (step.op() == Op::environment) context.environment = step;
  }
  reset_signals();
  umask(0);  // modes of nodes and directories are the plan's; the command's own umask is a step
  setsid();
  // security: whoever shares our pid namespace later can neither trace us nor open our memory or executable.
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  for (RecordView step = context.records; step.valid(); step = step.next()) {
    if (step.stage() != Stage::init) continue;
    if (const int failure = execute_step(context, step); failure != 0) fail(context, step, failure);
  }
  _exit(125);  // a plan without Op::execute: the planner never makes one
}

}  // namespace minidock::runtime::init
