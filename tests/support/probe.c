// probe: prints as one JSON object what a process sees of itself and of the system around it. Static, needs no file,
// so it runs in an image that holds nothing else. The tests of confinement read it; it decides nothing itself.
//
//   probe                    everything below
//   probe look PATH...       that, and of each PATH: what it is, what reading and writing it gives, its first line
//   probe try CALL...        calls system calls by name and prints each errno: "mount": "EPERM"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

extern char** environ;

// --- writing JSON -------------------------------------------------------------------------------------------------

static const char* separator = "";

static void text(const char* value) {
  putchar('"');
  for (const unsigned char* at = (const unsigned char*)value; *at; at++) {
    if (*at == '"' || *at == '\\') {
      printf("\\%c", *at);
    } else if (*at < 0x20) {
      printf("\\u%04x", *at);
    } else {
      putchar(*at);
    }
  }
  putchar('"');
}

static void item(void) {
  fputs(separator, stdout);
  separator = ",\n";
}

static void key(const char* name) {
  item();
  text(name);
  fputs(": ", stdout);
}

static void begin(const char* name, char bracket) {
  key(name);
  printf("%c\n", bracket);
  separator = "";
}

static void end(char bracket) {
  printf("\n%c", bracket);
  separator = ",\n";
}

static void key_text(const char* name, const char* value) {
  key(name);
  text(value);
}

static void key_number(const char* name, long long value) {
  key(name);
  printf("%lld", value);
}

// --- what is reported ---------------------------------------------------------------------------------------------

static void identity(void) {
  uid_t ruid, euid, suid;
  gid_t rgid, egid, sgid, groups[256];
  getresuid(&ruid, &euid, &suid);
  getresgid(&rgid, &egid, &sgid);
  key_number("pid", getpid());
  key_number("ppid", getppid());
  key_number("uid", ruid);
  key_number("euid", euid);
  key_number("gid", rgid);
  key_number("egid", egid);
  begin("groups", '[');
  int count = getgroups(256, groups);
  for (int i = 0; i < count; i++) {
    item();
    printf("%u", groups[i]);
  }
  end(']');
  mode_t mask = umask(0);
  umask(mask);
  key_number("umask", mask);
}

// The lines of /proc/self/status that tell of confinement, as they stand there.
static void confinement(void) {
  static const char* const kWanted[] = {"CapInh", "CapPrm",     "CapEff",  "CapBnd",
                                        "CapAmb", "NoNewPrivs", "Seccomp", "NSpid"};
  char line[512];
  FILE* status = fopen("/proc/self/status", "re");
  begin("status", '{');
  while (status && fgets(line, sizeof line, status)) {
    char* colon = strchr(line, ':');
    if (!colon) continue;
    *colon = 0;
    for (size_t i = 0; i < sizeof kWanted / sizeof kWanted[0]; i++) {
      if (strcmp(line, kWanted[i]) != 0) continue;
      char* value = colon + 1 + strspn(colon + 1, " \t");
      value[strcspn(value, "\n")] = 0;
      key_text(line, value);
    }
  }
  end('}');
  if (status) fclose(status);
}

static void links(const char* name, const char* directory) {
  char target[4096];
  DIR* entries = opendir(directory);
  begin(name, '{');
  for (struct dirent* entry; entries && (entry = readdir(entries)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    if (strcmp(name, "fds") == 0 && atoi(entry->d_name) == dirfd(entries)) continue;
    ssize_t length = readlinkat(dirfd(entries), entry->d_name, target, sizeof target - 1);
    if (length < 0) continue;
    target[length] = 0;
    key_text(entry->d_name, target);
  }
  end('}');
  if (entries) closedir(entries);
}

static void lines(const char* name, const char* path) {
  static char line[16384];
  FILE* file = fopen(path, "re");
  begin(name, '[');
  while (file && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    item();
    text(line);
  }
  end(']');
  if (file) fclose(file);
}

static void devices(const char* name, const char* directory) {
  DIR* entries = opendir(directory);
  begin(name, '{');
  for (struct dirent* entry; entries && (entry = readdir(entries)) != NULL;) {
    struct stat status;
    char value[128];
    if (entry->d_name[0] == '.' || fstatat(dirfd(entries), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0) continue;
    const char kind = S_ISCHR(status.st_mode)   ? 'c'
                      : S_ISBLK(status.st_mode) ? 'b'
                      : S_ISDIR(status.st_mode) ? 'd'
                      : S_ISLNK(status.st_mode) ? 'l'
                                                : '-';
    snprintf(value, sizeof value, "%c %u:%u %04o %u:%u", kind, major(status.st_rdev), minor(status.st_rdev),
             status.st_mode & 07777, status.st_uid, status.st_gid);
    key_text(entry->d_name, value);
  }
  end('}');
  if (entries) closedir(entries);
}

static void limits(void) {
  static const char* const kNames[] = {"cpu",      "fsize",  "data",    "stack", "core",  "rss",
                                       "nproc",    "nofile", "memlock", "as",    "locks", "sigpending",
                                       "msgqueue", "nice",   "rtprio",  "rttime"};
  begin("limits", '{');
  for (int i = 0; i < (int)(sizeof kNames / sizeof kNames[0]); i++) {
    struct rlimit limit;
    char value[64];
    if (getrlimit(i, &limit) < 0) continue;
    snprintf(value, sizeof value, "%lld:%lld", (long long)limit.rlim_cur, (long long)limit.rlim_max);
    key_text(kNames[i], value);
  }
  end('}');
}

static void system_names(void) {
  struct utsname names;
  uname(&names);
  key_text("hostname", names.nodename);
  key_text("domainname", names.domainname);
  char directory[4096];
  key_text("cwd", getcwd(directory, sizeof directory) ? directory : "");
}

// struct sched_attr of the kernel's first version; the C library here has none.
struct scheduling {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};

static void scheduler(void) {
  struct scheduling now = {0};
  syscall(SYS_sched_getattr, 0, &now, sizeof now, 0);
  begin("scheduler", '{');
  key_number("policy", now.policy);
  key_number("flags", now.flags);
  key_number("nice", now.nice);
  key_number("priority", now.priority);
  key_number("runtime", now.runtime);
  key_number("deadline", now.deadline);
  key_number("period", now.period);
  end('}');
  long priority = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);
  begin("io_priority", '{');
  key_number("class", IOPRIO_PRIO_CLASS(priority));
  key_number("priority", IOPRIO_PRIO_DATA(priority));
  end('}');
  cpu_set_t set;
  begin("affinity", '[');
  for (int i = 0; sched_getaffinity(0, sizeof set, &set) == 0 && i < CPU_SETSIZE; i++) {
    if (!CPU_ISSET(i, &set)) continue;
    item();
    printf("%d", i);
  }
  end(']');
  key_number("personality", personality(0xffffffff));
}

static void terminal(void) {
  struct winsize size = {0};
  key_number("terminal", isatty(0) && isatty(1) && isatty(2));
  ioctl(0, TIOCGWINSZ, &size);
  key_number("rows", size.ws_row);
  key_number("columns", size.ws_col);
  char name[256] = "";
  key_text("keyring",
           syscall(SYS_keyctl, 6 /* KEYCTL_DESCRIBE */, -3 /* session */, name, sizeof name) < 0 ? "" : name);
}

static const char* outcome(long result) {
  return result < 0 ? strerrorname_np(errno) : "OK";
}

static void look(const char* path) {
  struct stat status = {0};
  char first[4096] = "";
  int fd;
  begin(path, '{');
  key_text("stat", outcome(stat(path, &status)));
  if (S_ISDIR(status.st_mode)) {
    int count = 0;
    DIR* entries = opendir(path);
    key_text("read", outcome(entries ? 0 : -1));
    for (struct dirent* entry; entries && (entry = readdir(entries)) != NULL;) count += entry->d_name[0] != '.';
    if (entries) closedir(entries);
    key_number("entries", count);
    key_text("write", outcome(fd = open(path, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600)));
  } else {
    key_text("read", outcome(fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)));
    ssize_t length = fd < 0 ? 0 : read(fd, first, sizeof first - 1);
    first[length < 0 ? 0 : length] = 0;
    if (fd >= 0) close(fd);
    first[strcspn(first, "\n")] = 0;
    key_text("line", first);
    key_text("write", outcome(fd = open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC)));
  }
  if (fd >= 0) close(fd);
  key_number("mode", status.st_mode & 07777);
  key_number("uid", status.st_uid);
  key_number("gid", status.st_gid);
  end('}');
}

static void words(const char* name, char** list) {
  begin(name, '[');
  for (; *list; list++) {
    item();
    text(*list);
  }
  end(']');
}

// --- probe try ----------------------------------------------------------------------------------------------------

// Arguments that can do no harm where the call is allowed after all: the answer is then another errno, or "OK".
static long attempt(const char* call) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  if (strcmp(call, "mount") == 0) return mount("none", "/", NULL, MS_REMOUNT | MS_BIND, NULL);
  if (strcmp(call, "umount") == 0) return umount2("/proc", 0);
  if (strcmp(call, "unshare_user") == 0) return unshare(CLONE_NEWUSER);
  if (strcmp(call, "unshare_mount") == 0) return unshare(CLONE_NEWNS);
  if (strcmp(call, "setns") == 0) return setns(-1, 0);
  if (strcmp(call, "pivot_root") == 0) return syscall(SYS_pivot_root, "/", "/");
  if (strcmp(call, "keyctl") == 0) return syscall(SYS_keyctl, 0, 0, 0);
  if (strcmp(call, "add_key") == 0) return syscall(SYS_add_key, "", "", "", 0, 0);
  if (strcmp(call, "bpf") == 0) return syscall(SYS_bpf, -1, NULL, 0);
  if (strcmp(call, "ptrace") == 0) return syscall(SYS_ptrace, 0, 0, 0, 0);
  if (strcmp(call, "kexec_load") == 0) return syscall(SYS_kexec_load, 0, 0, NULL, ~0UL);
  if (strcmp(call, "init_module") == 0) return syscall(SYS_init_module, NULL, 0, "");
  if (strcmp(call, "open_by_handle_at") == 0) return syscall(SYS_open_by_handle_at, -1, NULL, 0);
  if (strcmp(call, "sethostname") == 0) return sethostname("probe", 5);
  if (strcmp(call, "chroot") == 0) return chroot("/");
  if (strcmp(call, "capget") == 0) return syscall(SYS_capget, &header, NULL);
  if (strcmp(call, "perf_event_open") == 0) return syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0);
  if (strcmp(call, "userfaultfd") == 0) return syscall(SYS_userfaultfd, -1);
  if (strcmp(call, "swapon") == 0) return syscall(SYS_swapon, "", 0);
  if (strcmp(call, "reboot") == 0) return syscall(SYS_reboot, 0, 0, 0, NULL);
  if (strcmp(call, "mknod_disk") == 0) return mknod("/tmp/disk", S_IFBLK | 0600, makedev(8, 0));
  if (strcmp(call, "unknown") == 0) return syscall(1000);
  fprintf(stderr, "probe: no call %s\n", call);
  exit(2);
}

int main(int argc, char** argv) {
  printf("{\n");
  if (argc > 2 && strcmp(argv[1], "try") == 0) {
    for (int i = 2; i < argc; i++) {
      errno = 0;
      key_text(argv[i], attempt(argv[i]) >= 0 ? "OK" : strerrorname_np(errno));
    }
  } else {
    identity();
    system_names();
    confinement();
    limits();
    links("namespaces", "/proc/self/ns");
    links("fds", "/proc/self/fd");
    devices("dev", "/dev");
    devices("root", "/");
    lines("mounts", "/proc/self/mountinfo");
    lines("cgroups", "/proc/self/cgroup");
    lines("oom_score_adj", "/proc/self/oom_score_adj");
    lines("uid_map", "/proc/self/uid_map");
    lines("gid_map", "/proc/self/gid_map");
    lines("time_offsets", "/proc/self/timens_offsets");
    lines("label", "/proc/self/attr/current");
    scheduler();
    terminal();
    words("arguments", argv);
    words("environment", environ);
    if (argc > 2 && strcmp(argv[1], "look") == 0) {
      begin("paths", '{');
      for (int i = 2; i < argc; i++) look(argv[i]);
      end('}');
    }
  }
  printf("\n}\n");
  return 0;
}
