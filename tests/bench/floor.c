// floor: the least that the kernel takes for one container. It makes what `minidock run --rm --network none IMAGE
// true` makes, in the fewest system calls known, with no engine around it: no store, no rows, no monitor, no
// messages. scripts/bench divides the engine's time by this program's.
//
//   floor --lower DIR[:DIR...] --scratch DIR --seccomp FILE [--memory BYTES] [--pids N] -- COMMAND [ARG...]
//
// DIR after --scratch must exist; what is made in it is removed. The exit status is COMMAND's, 128 + n for a
// signal, 125 for a failure of floor itself, which names the call on standard error. Root only.
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "floor.h"

struct options options;
struct cgroups cgroups;
static struct sock_fprog filter;

void fail(const char* what) {
  fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
  _exit(125);
}

void check(long result, const char* what) {
  if (result < 0) fail(what);
}

const char* join(const char* directory, const char* name) {
  static char buffers[4][4096];
  static int next;
  char* buffer = buffers[next++ % 4];
  snprintf(buffer, sizeof buffers[0], "%s/%s", directory, name);
  return buffer;
}

void write_file(const char* path, const char* text) {
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  check(fd, path);
  check(write(fd, text, strlen(text)), path);
  close(fd);
}

// --- in the child: new UTS, PID, mount, IPC and network namespaces; still the host's root -------------------------

static void loopback_up(void) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  check(fd, "socket");
  check(ioctl(fd, SIOCSIFFLAGS, &request), "loopback up");
  close(fd);
}

static void load_seccomp(void) {
  if (filter.len > 0) check(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter), "seccomp");
}

// order: the filter needs CAP_SYS_ADMIN to load, so it comes after the bounding set and before the last capset.
static void confine(void) {
  const uint64_t keep = 0xa80425fb;  // docker's default fourteen
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++) {
    if (!(keep >> capability & 1)) check(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "bounding set");
  }
  struct rlimit files = {1048576, 1048576};
  struct rlimit own;
  getrlimit(RLIMIT_NOFILE, &own);
  if (files.rlim_max > own.rlim_max) files.rlim_max = files.rlim_cur = own.rlim_max;
  check(setrlimit(RLIMIT_NOFILE, &files), "rlimit");
  syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
  check(setgid(0), "setgid");
  check(setuid(0), "setuid");
  load_seccomp();
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {{(uint32_t)keep, (uint32_t)keep, 0}, {0, 0, 0}};
  check(syscall(SYS_capset, &header, data), "capset");
}

static _Noreturn void child(void) {
  check(prctl(PR_SET_PDEATHSIG, SIGKILL), "pdeathsig");
  cgroups_enter();
  check(sethostname("floor", 5), "sethostname");
  loopback_up();
  make_root();
  confine();
  static char* environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=floor",
                                "HOME=/root", NULL};
  check(syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC), "close_range");
  execvpe(options.command[0], options.command, environment);
  fail(options.command[0]);
  _exit(127);
}

// --- on the host --------------------------------------------------------------------------------------------------

static pid_t start(void) {
  struct clone_args arguments = {
      .flags = CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET,
      .exit_signal = SIGCHLD,
  };
  if (cgroups.v2_fd >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP | CLONE_NEWCGROUP;
    arguments.cgroup = (uint64_t)cgroups.v2_fd;
  }
  long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
  check(pid, "clone3");
  if (pid == 0) child();
  return (pid_t)pid;
}

static void read_filter(void) {
  static struct sock_filter instructions[BPF_MAXINSNS];
  if (!options.seccomp) return;
  int fd = open(options.seccomp, O_RDONLY | O_CLOEXEC);
  check(fd, options.seccomp);
  ssize_t size = read(fd, instructions, sizeof instructions);
  check(size, options.seccomp);
  close(fd);
  filter.len = (unsigned short)(size / (ssize_t)sizeof instructions[0]);
  filter.filter = instructions;
}

static void parse(int argc, char** argv) {
  options.memory = "0";
  options.pids = "2048";
  int at = 1;
  for (; at + 1 < argc && strcmp(argv[at], "--") != 0; at += 2) {
    const char** slot = strcmp(argv[at], "--lower") == 0     ? &options.lower
                        : strcmp(argv[at], "--scratch") == 0 ? &options.scratch
                        : strcmp(argv[at], "--seccomp") == 0 ? &options.seccomp
                        : strcmp(argv[at], "--memory") == 0  ? &options.memory
                        : strcmp(argv[at], "--pids") == 0    ? &options.pids
                                                             : NULL;
    if (!slot) break;
    *slot = argv[at + 1];
  }
  if (at + 1 >= argc || strcmp(argv[at], "--") != 0 || !options.lower || !options.scratch) {
    fprintf(stderr, "usage: floor --lower DIR[:DIR...] --scratch DIR [--seccomp FILE] -- COMMAND [ARG...]\n");
    exit(125);
  }
  options.command = argv + at + 1;
}

int main(int argc, char** argv) {
  parse(argc, argv);
  read_filter();
  make_scratch();
  cgroups_create();
  int status;
  check(waitpid(start(), &status, 0), "waitpid");
  remove_scratch();
  cgroups_remove();
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
