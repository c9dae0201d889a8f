// What init knows while it executes its steps. Situation of every function here: the cloned child, alone in its
// process, root in the namespaces made so far, running from the sealed memfd. No exceptions, no heap.
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "runtime/fixed_text.h"
#include "runtime/wire.h"

namespace minidock::runtime::init {

constexpr int kMaxGroups = 1024;

struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
  gid_t groups[kMaxGroups] = {};
  int group_count = 0;
  FixedText<4096> home;
};

// Where the kernel lacks the mount API: see mount_emulation.h.
struct MountEmulation {
  bool probed = false, needed = false;
  int staging = -1;        // a private tmpfs that holds "detached" mounts
  int descriptors = -1;    // our /proc/PID/fd
  int count = 0;           // of places made in staging
  bool forbidden = false;  // it would change the caller's mounts
};

// What the end of the parent means. A monitor with a guard is needed until the command runs: from then on the guard
// takes its place. One without a guard is needed always.
enum class ParentDeath { ignored, ends_start, ends_command };

struct Context {
  Context() {
    for (int& slot : slots) slot = -1;
  }

  // Given by the monitor or the starter. stdio: -1 where not given (then the container's own /dev/null).
  int monitor_socket = -1;  // to the monitor, or to the command of the OCI runtime
  int gate = -1;            // listening: `start` connects
  int preserved = 0;        // descriptors 3 … 2 + this go to the command
  ParentDeath parent_death = ParentDeath::ignored;
  int standard_input = -1, standard_output = -1, standard_error = -1;
  RecordView records;  // the first record of the plan
  // Made by the steps.
  int slots[kMaxSlots];       // detached or attached mounts, -1: none
  int root = -1;              // what container paths are resolved below: see attach_root; -1: "/"
  int proc = -1;              // the container's own procfs, opened before anything could cover it
  int devpts = -1, dev = -1;  // likewise
  int mask = -1;              // one empty read-only tmpfs that covers every masked directory
  int state = -1;             // memfd with the state's JSON, for hooks
  bool cloned = false;        // in init, and no more before clone
  MountEmulation emulation;
  Identity identity;
  FixedText<4096> command;  // absolute path of argv[0], or argv[0] itself when it has a slash
  RecordView arguments, environment;
  FixedText<512> detail;  // of the failed step: better than its errno's text
  int exit_code = 125;    // what the CLI returns when the step fails
};

// Executes one record of Stage::init: 0, or the errno of the failure (detail may say more).
int execute_step(Context& context, const RecordView& step);

// Runs all init steps and the command; reports a failure to the monitor. Never returns.
[[noreturn]] void run_init(Context& context);

}  // namespace minidock::runtime::init
