// The floor's mount tree: overlay, /proc, /dev, /sys, cgroups, masks, pivot. See floor.c.
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "floor.h"

static char base[512], root[600];

void make_scratch(void) {
  snprintf(base, sizeof base, "%s/floor-%d", options.scratch, getpid());
  snprintf(root, sizeof root, "%s/root", base);
  check(mkdir(base, 0700), base);
  check(mkdir(root, 0755), root);
  check(mkdir(join(base, "upper"), 0755), "upper");
  check(mkdir(join(base, "work"), 0755), "work");
  write_file(join(base, "hosts"), "127.0.0.1 localhost\n");
  write_file(join(base, "hostname"), "floor\n");
  write_file(join(base, "resolv.conf"), "");
}

static int remove_one(const char* path, const struct stat* status, int type, struct FTW* walk) {
  (void)status, (void)type, (void)walk;
  return remove(path);
}

void remove_scratch(void) { check(nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT), base); }

static void mount_at(const char* type, const char* target, unsigned long flags, const char* data) {
  check(mount(type, join(root, target), type, flags, data), target);
}

static void make_device(const char* name, unsigned major_number, unsigned minor_number) {
  check(mknod(join(root, name), S_IFCHR | 0666, makedev(major_number, minor_number)), name);
}

static void make_dev(void) {
  mount_at("tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
  make_device("dev/null", 1, 3);
  make_device("dev/zero", 1, 5);
  make_device("dev/full", 1, 7);
  make_device("dev/random", 1, 8);
  make_device("dev/urandom", 1, 9);
  make_device("dev/tty", 5, 0);
  check(symlink("pts/ptmx", join(root, "dev/ptmx")), "ptmx");
  check(symlink("/proc/kcore", join(root, "dev/core")), "core");
  check(symlink("/proc/self/fd", join(root, "dev/fd")), "fd");
  check(symlink("/proc/self/fd/0", join(root, "dev/stdin")), "stdin");
  check(symlink("/proc/self/fd/1", join(root, "dev/stdout")), "stdout");
  check(symlink("/proc/self/fd/2", join(root, "dev/stderr")), "stderr");
  check(mkdir(join(root, "dev/pts"), 0755), "dev/pts");
  check(mkdir(join(root, "dev/shm"), 0755), "dev/shm");
  check(mkdir(join(root, "dev/mqueue"), 0755), "dev/mqueue");
  mount_at("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
  mount_at("tmpfs", "dev/shm", MS_NOSUID | MS_NOEXEC | MS_NODEV, "mode=1777,size=65536k");
  mount_at("mqueue", "dev/mqueue", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL);
}

static void make_sys(void) {
  const unsigned long flags = MS_NOSUID | MS_NOEXEC | MS_NODEV;
  mount_at("sysfs", "sys", flags | MS_RDONLY, NULL);
  if (!cgroups.mount_options[0][0]) {
    mount_at("cgroup2", "sys/fs/cgroup", flags | MS_RDONLY, NULL);
    return;
  }
  mount_at("tmpfs", "sys/fs/cgroup", flags, "mode=755");
  for (int i = 0; i < cgroups.count; i++) {
    const char* target = join("sys/fs/cgroup", cgroups.mount_options[i]);
    check(mkdir(join(root, target), 0755), target);
    check(mount("cgroup", join(root, target), "cgroup", flags | MS_RDONLY, cgroups.mount_options[i]), target);
  }
  check(mount(NULL, join(root, "sys/fs/cgroup"), NULL, flags | MS_REMOUNT | MS_RDONLY, "mode=755"), "cgroup read-only");
}

static void bind_file(const char* name) {
  const char* target = join(root, join("etc", name));
  int fd = open(target, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
  check(fd, target);
  close(fd);
  check(mount(join(base, name), target, NULL, MS_BIND, NULL), name);
}

// Docker's lists; a path that this kernel does not have is passed over.
static void hide(void) {
  static const char* const kMasked[] = {"/proc/acpi",        "/proc/asound",      "/proc/interrupts", "/proc/kcore",
                                        "/proc/keys",        "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
                                        "/proc/timer_list",  "/proc/timer_stats", "/sys/firmware",
                                        "/sys/devices/virtual/powercap", "/sys/dev/block"};
  static const char* const kReadOnly[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
  for (size_t i = 0; i < sizeof kMasked / sizeof kMasked[0]; i++) {
    if (mount("/dev/null", kMasked[i], NULL, MS_BIND, NULL) == 0 || errno == ENOENT) continue;
    check(errno == ENOTDIR ? mount("tmpfs", kMasked[i], "tmpfs", MS_RDONLY, "size=0") : -1, kMasked[i]);
  }
  for (size_t i = 0; i < sizeof kReadOnly / sizeof kReadOnly[0]; i++) {
    if (mount(kReadOnly[i], kReadOnly[i], NULL, MS_BIND | MS_REC, NULL) < 0 && errno == ENOENT) continue;
    check(mount(NULL, kReadOnly[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL),
          kReadOnly[i]);
  }
}

// New mount namespace, the host's root; the container's afterwards.
void make_root(void) {
  static char data[4096];
  check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make / private");
  int length = snprintf(data, sizeof data, "lowerdir=%s,upperdir=%s/upper,workdir=%s/work,volatile", options.lower, base, base);
  if (length >= (int)sizeof data) fail("lower directories: too long for one mount call");
  check(mount("overlay", root, "overlay", 0, data), "overlay");
  mount_at("proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL);
  make_dev();
  make_sys();
  bind_file("hosts");
  bind_file("hostname");
  bind_file("resolv.conf");
  check(chdir(root), root);
  check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
  check(umount2(".", MNT_DETACH), "detach the old root");
  check(chdir("/"), "/");
  write_file("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
  write_file("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
  hide();
}
