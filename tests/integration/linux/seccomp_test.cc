// Filters loaded into the kernel, in children.
#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "integration/linux/in_child.h"
#include "linux/seccomp.h"
#include "linux/seccomp_table.h"

namespace minidock::linux {
namespace {

const std::string& default_filter() {
  static const std::string filter = compile_seccomp(default_seccomp_profile(default_capabilities()));
  return filter;
}

// The errno of a call under the default filter, 0 when it succeeds, 250 when the filter does not load.
int filtered(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0) {
  return in_child([=] {
    if (load_filter(default_filter()) != 0) return 250;
    return ::syscall(number, a, b, c, d, e) < 0 ? errno : 0;
  });
}

long address(const char* text) {
  return reinterpret_cast<long>(text);
}

TEST(Seccomp, BlockedCallsAreDeniedEvenToRoot) {
  EXPECT_EQ(filtered(SYS_mount, address("none"), address("/tmp"), address("tmpfs")), EPERM);
  EXPECT_EQ(filtered(SYS_umount2, address("/nonexistent")), EPERM);
  EXPECT_EQ(filtered(SYS_unshare, CLONE_NEWUSER), EPERM);
  EXPECT_EQ(filtered(SYS_unshare, CLONE_NEWNS), EPERM);
  EXPECT_EQ(filtered(SYS_setns, -1, 0), EPERM);
  EXPECT_EQ(filtered(SYS_pivot_root, address("/"), address("/")), EPERM);
  EXPECT_EQ(filtered(SYS_reboot, 0, 0, 0), EPERM);
  EXPECT_EQ(filtered(SYS_swapon, address("/nonexistent"), 0), EPERM);
  EXPECT_EQ(filtered(SYS_acct, address("/nonexistent")), EPERM);
  EXPECT_EQ(filtered(SYS_keyctl, 0, -3, 0), EPERM);
  EXPECT_EQ(filtered(SYS_add_key, address("user"), address("x"), 0, 0, -3), EPERM);
  EXPECT_EQ(filtered(SYS_request_key, address("user"), address("x"), 0, -3), EPERM);
  EXPECT_EQ(filtered(SYS_bpf, 0, 0, 0), EPERM);
  EXPECT_EQ(filtered(SYS_perf_event_open, 0, 0, -1, -1, 0), EPERM);
  EXPECT_EQ(filtered(SYS_userfaultfd, 0), EPERM);
  EXPECT_EQ(filtered(SYS_io_uring_setup, 1, 0), EPERM);
  EXPECT_EQ(filtered(SYS_kexec_load, 0, 0, 0, 0), EPERM);
  EXPECT_EQ(filtered(SYS_init_module, 0, 0, 0), EPERM);
  EXPECT_EQ(filtered(SYS_open_by_handle_at, -1, 0, 0), EPERM);
  EXPECT_EQ(filtered(SYS_sethostname, address("x"), 1), EPERM);
  EXPECT_EQ(filtered(SYS_settimeofday, 0, 0), EPERM);
  EXPECT_EQ(filtered(SYS_clock_settime, 0, 0), EPERM);
  EXPECT_EQ(filtered(SYS_fsopen, address("tmpfs"), 0), EPERM);
  EXPECT_EQ(filtered(SYS_move_mount, -1, 0, -1, 0, 0), EPERM);
  EXPECT_EQ(filtered(SYS_vmsplice, -1, 0, 0, 0), EPERM);
  EXPECT_EQ(filtered(SYS_quotactl, 0, 0, 0, 0), EPERM);
}

TEST(Seccomp, AbsentCallsSoundAsOnAnOlderKernel) {
  EXPECT_EQ(filtered(SYS_clone3, 0, 0), ENOSYS);
  EXPECT_EQ(filtered(SYS_io_pgetevents, 0, 0, 0, 0, 0), ENOSYS);
  EXPECT_EQ(filtered(467), ENOSYS);
  EXPECT_EQ(filtered(999), ENOSYS);
}

TEST(Seccomp, SocketFamilies) {
  EXPECT_EQ(filtered(SYS_socket, AF_UNIX, SOCK_STREAM, 0), 0);
  EXPECT_EQ(filtered(SYS_socket, AF_INET, SOCK_STREAM, 0), 0);
  EXPECT_EQ(filtered(SYS_socket, AF_NETLINK, SOCK_RAW, 0), 0);
  for (const long family : {AF_RXRPC, AF_ALG, AF_VSOCK}) {
    EXPECT_EQ(filtered(SYS_socket, family, SOCK_STREAM, 0), EPERM) << family;
    EXPECT_EQ(filtered(SYS_socket, family | 1L << 32, SOCK_STREAM, 0), EPERM)
        << family << " with a bit the kernel ignores";
  }
}

TEST(Seccomp, NamespacesByCloneAreDeniedAndThreadsAreNot) {
  EXPECT_EQ(filtered(SYS_clone, CLONE_NEWUSER | SIGCHLD), EPERM);
  EXPECT_EQ(filtered(SYS_clone, CLONE_NEWNET | SIGCHLD), EPERM);
  EXPECT_EQ(in_child([] {
              if (load_filter(default_filter()) != 0) return 250;
              int value = 0;
              std::thread([&] { value = 7; }).join();
              return value;
            }),
            7);
  EXPECT_EQ(in_child([] { return load_filter(default_filter()) != 0 ? 250 : in_child([] { return 3; }); }), 3);
}

TEST(Seccomp, OrdinaryCallsWork) {
  EXPECT_EQ(filtered(SYS_personality, 0xffffffff), 0);
  EXPECT_EQ(filtered(SYS_personality, 0x0040000), EPERM) << "ADDR_NO_RANDOMIZE";
  EXPECT_EQ(filtered(SYS_getpid), 0);
  EXPECT_EQ(filtered(SYS_openat2, -100, 0, 0, 0), EINVAL) << "reaches the kernel";
  EXPECT_EQ(filtered(SYS_chroot, address("/")), 0);
  EXPECT_EQ(filtered(SYS_ptrace, 0), 0) << "PTRACE_TRACEME";
  EXPECT_EQ(in_child([] {
              if (load_filter(default_filter()) != 0) return 250;
              ::execl("/bin/true", "true", nullptr);
              return errno;
            }),
            0)
      << "a program starts and ends";
}

TEST(Seccomp, TheKernelTakesEveryFilterThatCapabilitiesCanGive) {
  std::vector<CapabilityMask> masks = {0, default_capabilities(), ~CapabilityMask{0}};
  for (const auto& [capability, group] : seccomp_capability_calls()) {
    const CapabilityMask bit = CapabilityMask{1} << capability;
    masks.insert(masks.end(), {bit, default_capabilities() ^ bit, ~bit, bit | CapabilityMask{1} << CAP_SYS_ADMIN});
  }
  for (const CapabilityMask mask : masks) {
    const std::string filter = compile_seccomp(default_seccomp_profile(mask));
    EXPECT_EQ(in_child([&] { return load_filter(filter); }), 0) << mask;
  }
}

class SeccompCache : public testing::Test {
 protected:
  SeccompCache() {
    char name[] = "/tmp/minidock-seccomp-XXXXXX";
    root_ = ::mkdtemp(name);
    directory_ = root_ + "/cache";
  }
  ~SeccompCache() override { discard_tree(AT_FDCWD, root_); }

  std::string only_file() const { return cat(directory_, "/", list_dir(AT_FDCWD, directory_).at(0)); }

  std::string root_, directory_;
};

TEST_F(SeccompCache, KeepsOneFileForAllMasksThatGiveTheSameFilter) {
  EXPECT_EQ(default_seccomp_filter(directory_, default_capabilities()), default_filter());
  EXPECT_EQ(default_seccomp_filter(directory_, default_capabilities() | 1 << CAP_NET_ADMIN), default_filter());
  EXPECT_EQ(list_dir(AT_FDCWD, directory_).size(), 1u);
  EXPECT_NE(default_seccomp_filter(directory_, default_capabilities() | 1 << CAP_SYS_BOOT), default_filter());
  EXPECT_EQ(list_dir(AT_FDCWD, directory_).size(), 2u);
}

TEST_F(SeccompCache, UsesWhatItFinds) {
  default_seccomp_filter(directory_, default_capabilities());
  struct stat before, after;
  ASSERT_EQ(::stat(only_file().c_str(), &before), 0);
  EXPECT_EQ(before.st_mode & 0777, 0600u);
  default_seccomp_filter(directory_, default_capabilities());
  ASSERT_EQ(::stat(only_file().c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino) << "not written again";
}

TEST_F(SeccompCache, DamageIsFoundAndRepaired) {
  default_seccomp_filter(directory_, default_capabilities());
  const std::string file = only_file(), whole = read_file(AT_FDCWD, file);
  std::string flipped = whole;
  flipped[whole.size() / 2] = static_cast<char>(flipped[whole.size() / 2] ^ 1);
  for (const std::string& damaged : {std::string(), whole.substr(0, 8), whole.substr(0, whole.size() - 8),
                                     whole.substr(0, whole.size() - 3), flipped, whole + std::string(8, '\0')}) {
    write_file(AT_FDCWD, file, damaged);
    EXPECT_EQ(default_seccomp_filter(directory_, default_capabilities()), default_filter());
    EXPECT_EQ(read_file(AT_FDCWD, file), whole);
  }
  EXPECT_EQ(list_dir(AT_FDCWD, directory_).size(), 1u) << "no staged file is left";
}

TEST_F(SeccompCache, AnUnusableDirectoryOnlyCostsTime) {
  write_file(AT_FDCWD, directory_, "not a directory");
  EXPECT_EQ(default_seccomp_filter(directory_, default_capabilities()), default_filter());
}

oci::Seccomp denying(const char* call, uint32_t error) {
  oci::Seccomp profile;
  profile.default_action = "SCMP_ACT_ALLOW";
  profile.rules = {{{call}, "SCMP_ACT_ERRNO", error, {}}};
  return profile;
}

TEST_F(SeccompCache, ABundlesProfileIsKeptByAllOfItsText) {
  const oci::Seccomp one = denying("mkdir", 1), two = denying("mkdir", 2);
  const std::string first = compile_seccomp_filter(one, directory_).program;
  EXPECT_EQ(first, compile_seccomp_filter(one).program);
  const std::string file = only_file();
  const std::string whole = read_file(AT_FDCWD, file);
  EXPECT_EQ(compile_seccomp_filter(one, directory_).program, first);
  const std::string second = compile_seccomp_filter(two, directory_).program;
  EXPECT_NE(second, first);
  ASSERT_EQ(list_dir(AT_FDCWD, directory_).size(), 2u);
  // As if both had one name: the text of the profile decides.
  for (const std::string& name : list_dir(AT_FDCWD, directory_))
    write_file(AT_FDCWD, cat(directory_, "/", name), whole);
  EXPECT_EQ(compile_seccomp_filter(two, directory_).program, second);
  EXPECT_EQ(compile_seccomp_filter(one, directory_).program, first);
  oci::Seccomp wrong = one;
  wrong.flags = {"NO_SUCH_FLAG"};
  EXPECT_THROW(compile_seccomp_filter(wrong, directory_), Error) << "checked with the cache as without";
}

TEST_F(SeccompCache, ManyProfilesDoNotFillTheDisk) {
  default_seccomp_filter(directory_, default_capabilities());
  for (uint32_t error = 1; error <= 150; ++error) compile_seccomp_filter(denying("mkdir", error), directory_);
  EXPECT_LE(list_dir(AT_FDCWD, directory_).size(), 65u);
}

// The one call that the listener is asked about fails with `answer`.
int answer_one(int listener, int answer) {
  seccomp_notif question = {};
  if (::ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &question) != 0) return errno;
  seccomp_notif_resp response = {};
  response.id = question.id;
  response.error = -answer;
  return ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0 ? 0 : errno;
}

TEST(Seccomp, AnAgentAnswersAndTheKernelTakesEveryFlag) {
  oci::Seccomp profile;
  profile.default_action = "SCMP_ACT_ALLOW";
  profile.listener_path = "/run/agent";
  profile.flags = seccomp_words().flags;
  profile.rules = {{{"mkdir"}, "SCMP_ACT_NOTIFY", {}, {}}};
  const SeccompFilter filter = compile_seccomp_filter(profile);
  EXPECT_EQ(in_child([&] {
              std::string code = filter.program;
              sock_fprog program = {static_cast<unsigned short>(code.size() / sizeof(sock_filter)),
                                    reinterpret_cast<sock_filter*>(code.data())};
              ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
              const Fd listener(static_cast<int>(
                  ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, static_cast<long>(filter.flags), &program)));
              if (!listener) return 250;
              const pid_t asker = ::fork();
              if (asker == 0) ::_exit(::syscall(SYS_mkdir, "/nonexistent/x", 0755) < 0 ? errno : 0);
              if (answer_one(listener.get(), 77) != 0) return 251;
              int status = 0;
              ::waitpid(asker, &status, 0);
              return WEXITSTATUS(status);
            }),
            77);
}

}  // namespace
}  // namespace minidock::linux
