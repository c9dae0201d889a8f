// The default profile in the kernel, where AppArmor is active.
#include "linux/apparmor.h"

#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"
#include "integration/linux/in_child.h"

namespace minidock::linux {
namespace {

int confine() {
  const Fd file = open_file(AT_FDCWD, "/proc/self/attr/current", O_WRONLY);
  write_all(file.get(), cat("changeprofile ", kDefaultApparmorProfile));
  return 0;
}

int try_open(const char* path, int flags) {
  const Fd file(::open(path, flags | O_CLOEXEC));
  return file ? 0 : errno;
}

TEST(Apparmor, TheDefaultProfileConfines) {
  if (!apparmor_active()) GTEST_SKIP() << "AppArmor is not active on this kernel";
  try {
    ensure_apparmor_profile(std::string(kDefaultApparmorProfile));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::unsupported) GTEST_SKIP() << error.what();
    throw;
  }
  ensure_apparmor_profile(std::string(kDefaultApparmorProfile));
  EXPECT_EQ(in_child([] { return confine(), try_open("/proc/sysrq-trigger", O_WRONLY); }), EACCES);
  EXPECT_EQ(in_child([] { return confine(), try_open("/proc/kcore", O_RDONLY); }), EACCES);
  EXPECT_EQ(in_child([] { return confine(), try_open("/proc/sys/kernel/core_pattern", O_WRONLY); }), EACCES);
  EXPECT_EQ(in_child([] { return confine(), try_open("/proc/sys/vm/overcommit_memory", O_WRONLY); }), EACCES);
  EXPECT_EQ(in_child([] { return confine(), try_open("/proc/sys/kernel/shmmax", O_WRONLY); }), 0);
  EXPECT_EQ(in_child([] { return confine(), try_open("/proc/self/oom_score_adj", O_WRONLY); }), 0);
  EXPECT_EQ(in_child([] { return confine(), try_open("/etc/passwd", O_RDONLY); }), 0);
  EXPECT_EQ(in_child([] { return confine(), ::mount("none", "/tmp", "tmpfs", 0, nullptr) == 0 ? 0 : errno; }), EACCES);
}

TEST(Apparmor, AProfileThatIsNotLoadedFails) {
  if (!apparmor_active()) GTEST_SKIP() << "AppArmor is not active on this kernel";
  try {
    ensure_apparmor_profile("minidock-no-such-profile");
    FAIL();
  } catch (const Error& error) {
    EXPECT_TRUE(error.kind() == ErrorKind::not_found || error.kind() == ErrorKind::unsupported) << error.what();
  }
}

}  // namespace
}  // namespace minidock::linux
