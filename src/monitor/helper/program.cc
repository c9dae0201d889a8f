#include "monitor/helper/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "monitor/frame.h"

namespace minidock::monitor {

void take_words(const runtime::RecordView& launch, uint32_t first, int64_t count, const char** argv) {
  uint32_t taken = 0;
  for (; taken < count && taken < kMostWords; ++taken) argv[taken] = launch.text(first + taken);
  argv[taken] = nullptr;
}

void execute_program(const char* const* argv) {
  static const char* const kEnvironment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                             nullptr};
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  syscall(SYS_execveat, kProgramFd, "", argv, kEnvironment, AT_EMPTY_PATH);
  _exit(1);
}

}  // namespace minidock::monitor
