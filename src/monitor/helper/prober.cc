#include "monitor/helper/prober.h"

#include <limits.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "monitor/frame.h"
#include "monitor/helper/clients.h"
#include "monitor/helper/program.h"

namespace minidock::monitor {

Prober::Prober(runtime::RecordView launch)
    : launch_(launch),
      times_{launch.number(kHealthInterval), launch.number(kHealthStartInterval), launch.number(kHealthStartPeriod)} {}

void Prober::begin() {
  began_ = monotonic_clock();
  schedule();
}

void Prober::schedule() {
  const int64_t now = monotonic_clock();
  due_ = now + probe_delay(times_, starting_, now - began_);
}

int Prober::patience() {
  if (!has_check() || running_ != 0) return -1;
  if (monotonic_clock() >= due_) start();
  if (running_ != 0) return -1;
  const int64_t left = (due_ - monotonic_clock()) / 1'000'000;
  return left < 0 ? 0 : left < INT_MAX ? static_cast<int>(left) + 1 : INT_MAX;
}

void Prober::start() {
  const char* argv[kMostWords + 1];
  take_words(launch_, kCleanupFirst + static_cast<uint32_t>(launch_.number(kCleanupWords)),
             launch_.number(kHealthWords), argv);
  // The child has this stack, but not the memory that the monitor shares with its guard.
  const pid_t child = fork();
  if (child == 0) execute_program(argv);
  if (child > 0) {
    running_ = child;
  } else {
    schedule();  // short of memory or of numbers: the next may do better
  }
}

bool Prober::ended(pid_t pid, int status) {
  if (pid != running_ || pid == 0) return false;
  running_ = 0;
  if (WIFEXITED(status) && WEXITSTATUS(status) == kProbeStarting) starting_ = true;
  if (WIFEXITED(status) && WEXITSTATUS(status) == kProbeSettled) starting_ = false;
  schedule();
  return true;
}

void Prober::take_over() {
  // race: the monitor was killed between waitpid and taking note of it.
  siginfo_t info = {};
  if (running_ != 0 && waitid(P_PID, static_cast<id_t>(running_), &info, WEXITED | WNOHANG | WNOWAIT) != 0)
    ended(running_, 0);
}

void Prober::finish() {
  constexpr timespec kPause = {0, 1'000'000};
  const int64_t deadline = monotonic_clock() + 2'000'000'000;
  int status = 0;
  // It watches the container too; only one that hangs is killed.
  while (running_ != 0 && waitpid(running_, &status, WNOHANG) == 0 && monotonic_clock() < deadline)
    nanosleep(&kPause, nullptr);
  if (running_ != 0 && kill(running_, SIGKILL) == 0) waitpid(running_, &status, 0);
  running_ = 0;
}

}  // namespace minidock::monitor
