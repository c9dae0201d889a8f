// What the unpacker's child still has, looked at from inside: each body runs in the jail and exits with 0 if all is
// well.
#include "store/archive/jail.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/file.h"
#include "support/unpack_fixture.h"

namespace minidock::store {
namespace {

class JailTest : public UnpackTest {
 protected:
  JailTest() {
    make_dir(AT_FDCWD, layer_path(), 0755);
    root_ = open_dir(AT_FDCWD, layer_path());
  }
  // How the child ended: "" for a body that returned 0.
  std::string run(const std::function<int(int root)>& body, std::vector<int*> kept = {}) {
    JailedChild child =
        JailedChild::start({root_.get(), std::move(kept)}, body, [](const std::exception&) { _exit(99); });
    return child.wait();
  }
  Fd root_;
};

TEST_F(JailTest, TheRootIsTheLayerAndNothingElse) {
  write_file(AT_FDCWD, layer_path() + "/mark", "here");
  const std::string canary_path = canary();
  EXPECT_EQ(run([&](int root) {
              if (openat(root, "mark", O_RDONLY) < 0) return 1;
              if (openat(AT_FDCWD, "/mark", O_RDONLY) < 0) return 2;
              if (openat(AT_FDCWD, canary_path.c_str(), O_RDONLY) >= 0 || errno != ENOENT) return 3;
              if (openat(root, "../..", O_PATH) < 0 || openat(root, "../../etc", O_PATH) >= 0) return 4;
              if (openat(AT_FDCWD, "/proc/self", O_PATH) >= 0) return 5;
              const int up = openat(root, "..", O_PATH);
              struct stat inside, above;
              if (fstat(root, &inside) != 0 || fstat(up, &above) != 0) return 6;
              return inside.st_ino == above.st_ino ? 0 : 7;
            }),
            "");
}

TEST_F(JailTest, OnlyTheKeptDescriptorsAreOpen) {
  const Fd secret = open_file(AT_FDCWD, canary() + "/f", O_RDONLY);
  const Fd kept = open_file(AT_FDCWD, directory_, O_RDONLY | O_DIRECTORY);
  const Fd old_root = open_dir(AT_FDCWD, "/");
  int number = kept.get();
  EXPECT_EQ(run(
                [&](int root) {
                  int open = 0;
                  for (int fd = 0; fd < 4096; ++fd) {
                    if (fcntl(fd, F_GETFD) < 0) continue;
                    if (fd > STDERR_FILENO && fd != root && fd != number) return 1;
                    ++open;
                  }
                  return open == 5 ? 0 : 2;  // three of /dev/null, the root, the kept one
                },
                {&number}),
            "");
  EXPECT_EQ(number, kept.get());  // rewritten in the child alone
}

TEST_F(JailTest, DevicesCannotBeOpened) {
  EXPECT_EQ(run([](int root) {
              if (mknodat(root, "zero", S_IFCHR | 0666, 0x105) != 0) return 1;
              if (openat(root, "zero", O_RDONLY) >= 0) return 2;
              return errno == EACCES ? 0 : 3;
            }),
            "");
}

#if !defined(__SANITIZE_ADDRESS__)  // there the filter only logs
TEST_F(JailTest, OtherCallsEndTheProcess) {
  const auto calls = [](long number) {
    return [number](int) {
      syscall(number, 0, 0, 0, 0, 0, 0);
      return 0;
    };
  };
  for (const long number : {SYS_socket, SYS_execve, SYS_clone, SYS_mount, SYS_setns, SYS_unshare, SYS_ptrace, SYS_kill,
                            SYS_prctl, SYS_ioctl, SYS_chroot, SYS_open, SYS_bpf, SYS_io_uring_setup, SYS_setuid}) {
    EXPECT_EQ(run(calls(number)), "killed by signal 31 (Bad system call)") << number;
  }
}

TEST_F(JailTest, MemoryIsBounded) {
  EXPECT_EQ(run([](int) {
              void* memory = malloc(size_t{512} << 20);
              return memory == nullptr ? 0 : 1;
            }),
            "");
}
#endif

TEST_F(JailTest, TheOwnerEndsIt) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  int number = write_end.get();
  {
    const JailedChild child = JailedChild::start(
        {root_.get(), {&number}},
        [](int) {
          for (;;) sched_yield();
          return 0;
        },
        [](const std::exception&) {});
    write_end.reset();
  }
  char byte = 0;
  EXPECT_EQ(read(read_end.get(), &byte, 1), 0);  // its writing end is gone, so it is
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(JailTest, NothingOfItStaysMounted) {
  const std::string before = read_file(AT_FDCWD, "/proc/self/mountinfo");
  run([](int) { return 0; });
  EXPECT_EQ(read_file(AT_FDCWD, "/proc/self/mountinfo"), before);
}

// A parent that is killed takes the child with it: read() sees the end of the pipe that both held.
TEST_F(JailTest, ItDiesWithItsParent) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const pid_t parent = fork();
  ASSERT_GE(parent, 0);
  if (parent == 0) {
    int number = write_end.get();
    const JailedChild child = JailedChild::start(
        {root_.get(), {&number}},
        [&](int) {
          if (write(number, "r", 1) != 1) return 1;
          for (;;) sched_yield();
          return 0;
        },
        [](const std::exception&) {});
    for (;;) pause();
  }
  write_end.reset();
  char byte = 0;
  ASSERT_EQ(read(read_end.get(), &byte, 1), 1);
  kill(parent, SIGKILL);
  EXPECT_EQ(waitpid(parent, nullptr, 0), parent);
  EXPECT_EQ(read(read_end.get(), &byte, 1), 0);
}

TEST_F(JailTest, ADeadReaderIsAnErrorAndNoSignal) {
  // An entry refused at once, with megabytes behind it that nobody reads any more.
  const std::string archive = TarBuilder().file("../x").file("y", std::string(16 << 20, 'y')).finish();
  signal(SIGPIPE, SIG_DFL);
  EXPECT_NE(unpack(archive).find("leads out of the root"), std::string::npos);
  sigset_t pending;
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
}

}  // namespace
}  // namespace minidock::store
