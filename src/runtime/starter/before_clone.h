// The steps before clone, and the clone: shared by the monitor and the starter, in the static helper.
#pragma once

#include "base/fd.h"
#include "runtime/init/channel.h"
#include "runtime/init/context.h"

namespace minidock::runtime {

// Executes one record of Stage::monitor, all but Op::clone; what it opens is in `context` for init. 0 or an errno.
int execute_before_clone(init::Context& context, const RecordView& step);

// The Report of a step that failed before there was an init to report it.
init::Report report_of(const init::Context& context, const RecordView& step, int error_number);

struct Cloned {
  pid_t pid = -1;  // 0 in the clone
  Fd pidfd;        // empty on a kernel that has none
};
// Op::clone: 0 or an errno. Returns twice, as fork does.
int clone_init(const init::Context& context, const RecordView& step, Cloned& cloned);

// The order that the program wrote to descriptor `fd`, which is closed: its first record.
RecordView map_order(int fd);

}  // namespace minidock::runtime
