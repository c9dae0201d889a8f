// start: the process at the gate goes on to its command (runtime-spec "Lifecycle", steps 7 to 9).

#include <csignal>

#include "base/error.h"
#include "base/file.h"
#include "runtime/lifecycle/container.h"
#include "runtime/lifecycle/hand_over.h"
#include "runtime/lifecycle/hooks.h"
#include "runtime/lifecycle/seccomp_agent.h"
#include "runtime/starter/conversation.h"

namespace minidock::runtime {

void Container::start() {
  lock_and_reload();
  try {
    open_gate();
  } catch (...) {
    directory_.unlock();  // what failed may be deleted, by `run` within this very process
    throw;
  }
  directory_.unlock();
  after_start();
}

void Container::open_gate() {
  const Status now = status();
  if (now == Status::stopped) throw_error(ErrorKind::in_use, "cannot start a container that has stopped");
  if (now == Status::paused) throw_error(ErrorKind::in_use, "cannot start a paused container; resume it first");
  if (now != Status::created) throw_error(ErrorKind::in_use, "cannot start an already running container");
  const auto process = LiveProcess::find(record_.init);
  if (!process) throw_error(ErrorKind::in_use, "cannot start a container that has stopped");
  oci::State answer = state(Status::created);
  answer.pid = pid_in_container(*process);

  Conversation conversation = Conversation::connect(directory_.fd(), kGateFile);
  // order: connected, then no gate, then the answer: a start that is killed on the way ends the process, which waits
  // for the answer, or has let it through; a container with a gate always waits.
  remove_file(directory_.fd(), kGateFile);
  conversation.answer(oci::to_json(answer));
  for (;;) {
    const StartEvent event = conversation.next();
    if (event.kind == StartEventKind::running) break;
    if (event.kind != StartEventKind::listener) continue;
    const oci::Spec config = spec();
    if (!config.linux_.seccomp) throw_error(ErrorKind::corrupt, "config.json of the container has no seccomp profile");
    send_to_seccomp_agent(*config.linux_.seccomp, event.fd.get(), process->pid(), state(Status::created));
  }
}

// spec: a poststart hook that fails stops the container (runtime.md "Lifecycle", step 9, since 1.2.1).
void Container::after_start() {
  if (!record_.rereads_config) return;
  const auto hooks = spec().hooks;
  const auto poststart = hooks.find("poststart");
  if (poststart == hooks.end()) return;
  const auto bundle = find_file(AT_FDCWD, record_.bundle, O_RDONLY | O_DIRECTORY);
  try {
    run_hooks(poststart->second, {"poststart", oci::to_json(state(Status::running)), bundle ? bundle->get() : -1});
  } catch (const Error&) {
    warn_of([&] { kill(SIGKILL, KillScope::all); });
    throw;
  }
}

}  // namespace minidock::runtime
