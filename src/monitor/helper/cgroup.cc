// What a container's cgroup counted, and its removal.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "linux/syscalls.h"
#include "monitor/helper/monitor.h"
#include "runtime/fixed_text.h"
#include "runtime/init/paths.h"
#include "runtime/starter/cgroup.h"

namespace minidock::monitor {

using runtime::open_cgroup;
using runtime::init::read_small;
using runtime::init::write_small;

namespace {
// SIGKILL to all in cgroup.procs. race: by pidfd, and only if the pid is still listed once the pidfd is open.
void kill_members(int directory) {
  char pids[4096];
  if (read_small(directory, "cgroup.procs", pids, sizeof pids) <= 0) return;
  for (char* at = pids; *at != 0;) {
    char* end = nullptr;
    const long pid = strtol(at, &end, 10);
    if (end == at) break;
    at = end + strspn(end, "\n");
    const Fd process(linux::pidfd_open(static_cast<pid_t>(pid), 0));
    char again[4096];
    if (!process || read_small(directory, "cgroup.procs", again, sizeof again) <= 0) continue;
    runtime::FixedText<24> text;
    text << static_cast<int64_t>(pid) << "\n";
    const char* found = strstr(again, text.c_str());
    if (found != nullptr && (found == again || found[-1] == '\n')) linux::pidfd_send_signal(process.get(), SIGKILL);
  }
}
}  // namespace

void remove_cgroup(const char* directory) {
  for (int tries = 0; tries < 400; ++tries) {
    if (rmdir(directory) == 0 || errno == ENOENT) return;
    if (errno != EBUSY) return;
    const Fd fd = open_cgroup(directory);
    if (fd && tries == 0) {
      // What can be had of the two: all at once, or nobody is born any more.
      write_small(fd.get(), "cgroup.kill", "1", 1);
      write_small(fd.get(), "pids.max", "0", 1);
    }
    if (fd) kill_members(fd.get());
    const timespec pause = {0, tries < 20 ? 200'000 : 5'000'000};  // exiting processes leave their cgroup late
    nanosleep(&pause, nullptr);
  }
}

namespace {
uint64_t read_number(int directory, const char* file) {
  char text[64];
  if (read_small(directory, file, text, sizeof text) <= 0) return 0;
  return strtoull(text, nullptr, 10);  // "max" is 0
}

// The number after "key " in a flat keyed file.
uint64_t read_keyed(int directory, const char* file, const char* key) {
  char text[1024];
  if (read_small(directory, file, text, sizeof text) <= 0) return 0;
  const size_t length = strlen(key);
  for (const char* line = text; line != nullptr && *line != 0;) {
    if (strncmp(line, key, length) == 0 && line[length] == ' ') return strtoull(line + length, nullptr, 10);
    line = strchr(line, '\n');
    if (line != nullptr) ++line;
  }
  return 0;
}
}  // namespace

MemoryFacts read_memory_facts(const char* directory) {
  MemoryFacts facts;
  const Fd fd = open_cgroup(directory);
  if (!fd) return facts;
  if (faccessat(fd.get(), "memory.max", F_OK, 0) == 0) {
    facts.oom_killed = read_keyed(fd.get(), "memory.events", "oom_kill") > 0;
    facts.limit = read_number(fd.get(), "memory.max");
    facts.peak = read_number(fd.get(), "memory.peak");
  } else if (faccessat(fd.get(), "memory.limit_in_bytes", F_OK, 0) == 0) {
    facts.oom_killed = read_keyed(fd.get(), "memory.oom_control", "oom_kill") > 0;
    facts.limit = read_number(fd.get(), "memory.limit_in_bytes");
    facts.peak = read_number(fd.get(), "memory.max_usage_in_bytes");
    if (facts.limit >= uint64_t{1} << 62) facts.limit = 0;  // v1 prints "no limit" as a number near 2^63
  }
  return facts;
}

}  // namespace minidock::monitor
