#include "store/archive/jail.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <locale.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/child.h"
#include "linux/detached_mount.h"
#include "linux/syscalls.h"

namespace minidock::store {

namespace {

constexpr int kFirstKept = 10;  // above the standard descriptors, whatever the parent has open
constexpr rlim_t kAddressSpace = 256 << 20;
constexpr rlim_t kCpuSeconds = 1800;  // 64 GiB at 100 MB/s, hashing included, takes half of it
// kernel: without FSETID chmod(2) drops the set-group-ID bit of a file whose group is not one of ours.
constexpr int kKeptCapabilities[] = {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_MKNOD, CAP_SETFCAP};

void move_up(const std::vector<int*>& kept) {
  for (int* fd : kept) {
    const int moved = fcntl(*fd, F_DUPFD_CLOEXEC, kFirstKept);
    if (moved < 0) throw_errno("jail: keep descriptor");
    *fd = moved;
  }
}

// Standard streams become /dev/null: a library that prints to descriptor 2 must not write into a layer's file.
void blank_standard_streams() {
  Fd null = open_file(AT_FDCWD, "/dev/null", O_RDWR);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr int kLast = STDOUT_FILENO;  // a sanitizer's report is worth more
#else
  constexpr int kLast = STDERR_FILENO;
#endif
  for (int fd = 0; fd <= kLast; ++fd) {
    if (null.get() != fd && dup2(null.get(), fd) < 0) throw_errno("jail: blank descriptor ", fd);
  }
  if (null.get() <= kLast) null.release();  // the parent had a standard stream closed: this is one of them now
}

void close_others(const std::vector<int*>& kept) {
  std::vector<int> numbers;
  for (const int* fd : kept) numbers.push_back(*fd);
  std::sort(numbers.begin(), numbers.end());
  unsigned first = STDERR_FILENO + 1;
  for (const int fd : numbers) {
    const auto number = static_cast<unsigned>(fd);
    if (number > first && linux::close_range(first, number - 1, 0) != 0) throw_errno("jail: close descriptors");
    first = number + 1;
  }
  if (linux::close_range(first, ~0U, 0) != 0) throw_errno("jail: close descriptors");
}

// Situation after it: "/" is the directory, nothing else is mounted but what lay below it, and no name outside exists.
void change_root(int root, const JailedChild::Setup& setup, int mount_namespace) {
  // order: a mount is copied in the namespace that it is in.
  if (mount_namespace >= 0 && linux::enter_namespace(mount_namespace, CLONE_NEWNS) != 0) {
    throw_errno("jail: enter the mount namespace");
  }
  const Fd tree = linux::clone_mount(root, setup.recursive, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  if (unshare(CLONE_NEWNET | CLONE_NEWIPC) != 0) throw_errno("jail: unshare namespaces");
  linux::move_into(tree.get());
}

void limit_resources() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // shadow memory takes terabytes of addresses
  const rlimit space = {kAddressSpace, kAddressSpace};
  if (setrlimit(RLIMIT_AS, &space) != 0) throw_errno("jail: limit memory");
#endif
  const rlimit cpu = {kCpuSeconds, kCpuSeconds};
  if (setrlimit(RLIMIT_CPU, &cpu) != 0) throw_errno("jail: limit CPU time");
  const rlimit core = {0, 0};
  if (setrlimit(RLIMIT_CORE, &core) != 0) throw_errno("jail: forbid core files");
}

void drop_capabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (syscall(SYS_capget, &header, data) != 0) throw_errno("jail: read capabilities");
  uint32_t kept = 0;
  for (const int capability : kKeptCapabilities) kept |= uint32_t{1} << capability;
  // kernel: reading a number past the last one fails with EINVAL, which ends the loop.
  for (int number = 0; prctl(PR_CAPBSET_READ, number) >= 0; ++number) {
    if (number < 32 && (kept >> number & 1) != 0) continue;
    if (prctl(PR_CAPBSET_DROP, number) != 0) throw_errno("jail: drop capability ", number, " from the bounding set");
  }
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) throw_errno("jail: clear ambient capabilities");
  // What this process never had stays away: a caller in a container may lack MKNOD.
  data[0].permitted &= kept;
  data[0].effective = data[0].permitted;
  data[1] = {};
  data[0].inheritable = 0;
  if (syscall(SYS_capset, &header, data) != 0) throw_errno("jail: drop capabilities");
}

void load_filter(const std::string& filter) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) throw_errno("jail: set no_new_privs");
  std::vector<sock_filter> instructions(filter.size() / sizeof(sock_filter));
  memcpy(instructions.data(), filter.data(), instructions.size() * sizeof(sock_filter));
  sock_fprog program = {static_cast<unsigned short>(instructions.size()), instructions.data()};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) throw_errno("jail: load the system call filter");
}

// Returns the new root, open. Order: what needs the old root or a capability comes before what takes it away.
Fd enter_jail(const JailedChild::Setup& setup, pid_t parent, const std::string& filter) {
  linux::die_with_parent(parent);
  // Names of a pax header are UTF-8; libarchive converts them to the locale, whose data lies outside.
  setlocale(LC_CTYPE, "C.UTF-8");
  umask(0);
  // order: out of the way first, for a descriptor of ours may bear a standard stream's number.
  int root_number = setup.root;
  std::vector<int*> kept = setup.kept;
  kept.push_back(&root_number);
  int mount_namespace = setup.mount_namespace;
  if (mount_namespace >= 0) kept.push_back(&mount_namespace);
  move_up(kept);
  blank_standard_streams();
  change_root(root_number, setup, mount_namespace);
  if (mount_namespace >= 0) kept.pop_back();
  root_number = open_dir(AT_FDCWD, "/").release();
  close_others(kept);
  limit_resources();
  drop_capabilities();
  load_filter(filter);
  return Fd(root_number);
}

}  // namespace

JailedChild JailedChild::start(const Setup& setup, const std::function<int(int root)>& body,
                               const std::function<void(const std::exception&)>& on_failure) {
  const std::string filter = compile_jail_filter();
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw_errno("start the unpacker");
  if (pid > 0) return JailedChild(pid);
  // The child leaves by _exit() alone: destructors and exit handlers are the parent's.
  int status = 1;
  try {
    const Fd root = enter_jail(setup, parent, filter);
    status = body(root.get());
  } catch (const std::exception& error) {
    on_failure(error);
  }
  _exit(status);
}

JailedChild::~JailedChild() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  wait();
}

std::string JailedChild::wait() {
  int status = 0;
  pid_t got = -1;
  do {
    got = waitpid(pid_, &status, 0);
  } while (got < 0 && errno == EINTR);
  pid_ = -1;
  // A caller that ignores SIGCHLD has the kernel reap for it: the status is lost.
  if (got < 0) return "";
  if (WIFSIGNALED(status)) {
    const char* name = sigdescr_np(WTERMSIG(status));
    return cat("killed by signal ", WTERMSIG(status), " (", name == nullptr ? "unknown" : name, ")");
  }
  return WEXITSTATUS(status) == 0 ? "" : cat("exited with status ", WEXITSTATUS(status));
}

}  // namespace minidock::store
