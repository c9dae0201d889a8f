// cgroup directories and files, by the plan's steps. security: before every write the directory is checked to lie
// on a cgroup file system: on a v1 host /sys/fs/cgroup/NAME/pids.max would be a plain tmpfs file that limits nothing.
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "linux/syscalls.h"
#include "monitor/helper/monitor.h"
#include "runtime/fixed_text.h"
#include "runtime/init/paths.h"

namespace minidock::monitor {

using runtime::RecordView;
using runtime::init::read_small;
using runtime::init::write_small;

namespace {
bool is_cgroup(int fd) {
  struct statfs info;
  return fstatfs(fd, &info) == 0 && (info.f_type == CGROUP_SUPER_MAGIC || info.f_type == CGROUP2_SUPER_MAGIC);
}

Fd open_cgroup(const char* directory) {
  Fd fd(open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd && !is_cgroup(fd.get())) {
    errno = ENOTSUP;
    return Fd();
  }
  return fd;
}

// "10\n" is "10"; the kernel also rounds memory limits down to pages, and prints "max".
bool same_value(const char* wanted, char* found) {
  size_t size = strlen(found);
  while (size > 0 && (found[size - 1] == '\n' || found[size - 1] == ' ')) found[--size] = 0;
  if (strcmp(wanted, found) == 0) return true;
  char* end = nullptr;
  const unsigned long long want = strtoull(wanted, &end, 10);
  if (*end != 0) return false;
  const unsigned long long have = strtoull(found, &end, 10);
  return *end == 0 && have <= want && want - have < 4096;
}
}  // namespace

int cgroup_create(const char* directory) {
  // kernel: a cgroup that was ever killed kills its newcomers, so one that exists already is never taken over.
  if (mkdir(directory, 0755) != 0) return errno;
  return open_cgroup(directory) ? 0 : errno;
}

int cgroup_write(const RecordView& step) {
  const bool verify = step.number(0) != 0;
  const bool optional = step.number(1) != 0;
  const Fd directory = open_cgroup(step.text(0));
  if (!directory) return optional ? 0 : errno;
  const char* value = step.text(2);
  if (write_small(directory.get(), step.text(1), value, strlen(value)) != 0) return optional ? 0 : errno;
  if (!verify) return 0;
  char found[128];
  if (read_small(directory.get(), step.text(1), found, sizeof found) < 0) return errno;
  return same_value(value, found) ? 0 : EILSEQ;
}

int device_filter(const RecordView& step) {
  const Fd directory = open_cgroup(step.text(0));
  if (!directory) return errno;
  uint32_t size = 0;
  const char* instructions = step.text(1, &size);
  static const char kLicense[] = "Apache-2.0";
  union bpf_attr load = {};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = reinterpret_cast<uint64_t>(instructions);
  load.insn_cnt = size / sizeof(struct bpf_insn);
  load.license = reinterpret_cast<uint64_t>(kLicense);
  const Fd program(static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load)));
  if (!program) return errno;
  union bpf_attr attach = {};
  attach.target_fd = static_cast<uint32_t>(directory.get());
  attach.attach_bpf_fd = static_cast<uint32_t>(program.get());
  attach.attach_type = BPF_CGROUP_DEVICE;
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  return syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach) == 0 ? 0 : errno;
}

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
