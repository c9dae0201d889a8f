// The store on a disk that is full, and on one whose power is cut.
#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include "base/random.h"
#include "base/time.h"
#include "support/children.h"
#include "support/fake_image.h"
#include "support/import_tar.h"
#include "support/loop_disk.h"

namespace minidock::store {
namespace {

// A small ext4 on a loop device, with a store on it and RUN elsewhere. Skips where there are no loop devices.
class DiskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!disk_.is_mounted()) GTEST_SKIP() << "no loop devices here, or no mkfs.ext4";
  }
  void fill() const {
    const Fd ballast = open_file(AT_FDCWD, mount_ + "/root/cache/ballast", O_WRONLY | O_CREAT, 0600);
    for (size_t block = 1 << 20; block >= 512; block /= 2) {
      const std::string bytes(block, 'x');
      while (write(ballast.get(), bytes.data(), bytes.size()) > 0) {
      }
    }
    fsync(ballast.get());
  }
  TemporaryStore place_{"/tmp"};
  LoopDisk disk_{64 << 20};
  const std::string mount_ = disk_.path();
};

TEST_F(DiskTest, RemovingWorksAtZeroBytesFree) {
  const Location location{mount_ + "/root", mount_ + "/run"};
  const ImageRow image = make_image(location, std::string(3 << 20, 'b'), "one");
  Store store = Store::open(location);
  std::vector<std::string> ids;
  for (int number = 0; number < 40; ++number) {
    Store::NewContainer made = store.create_container("", number % 2 == 0);
    ContainerRow row;
    row.image = image.id;
    row.config_json = std::string(5000, 'c');
    made.commit(row);
    made.release();
    ids.push_back(made.id());
  }
  store.ensure_volume("data", false);
  fill();
  EXPECT_THROW(write_file(AT_FDCWD, mount_ + "/root/cache/more", std::string(10'000, 'x')), Error);
  for (const std::string& id : ids) {
    Store command = Store::open(location);
    ASSERT_NO_THROW(command.remove_container(id));
    fill();  // what was freed is taken again
  }
  ASSERT_NO_THROW(Store::open(location).remove_volume("data"));
  ASSERT_NO_THROW(Store::open(location).remove_image("one", false));
  Store after = Store::open(location);
  EXPECT_TRUE(after.list_containers().empty());
  EXPECT_TRUE(after.list_images().empty());
  EXPECT_TRUE(after.check({.deep = true}).empty());
}

TEST_F(DiskTest, ATooBigImportGivesAllBack) {
  const Location location{mount_ + "/root", mount_ + "/run", "overlay"};
  Store store = Store::open(location);
  TarBuilder tar;
  for (int number = 0; number < 40; ++number) tar.file(cat("f", number), std::string(1 << 20, 'a'));
  const std::string path = place_.top() + "/big.tar";  // 40 MiB: as blob alone it fits
  write_file(AT_FDCWD, path, tar.finish());
  const uint64_t before = store.disk_usage();
  try {
    import_tar(location, path, "big");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::exhausted) << error.what();
  }
  EXPECT_EQ(store.disk_usage(), before);
  EXPECT_TRUE(store.check({.deep = true}).empty());
}

// What is in the page cache and in the file system's journal, but not on the disk, is lost from here on.
void cut_power(const std::string& mount) {
  const unsigned long kShutdown = _IOR('X', 125, uint32_t);  // kernel: EXT4_IOC_SHUTDOWN, fs/ext4/ext4.h
  uint32_t no_log_flush = 2;
  const Fd fd = open_dir(AT_FDCWD, mount);
  ASSERT_EQ(ioctl(fd.get(), kShutdown, &no_log_flush), 0);
}

class PowerCut : public DiskTest, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Drivers, PowerCut, ::testing::Values("overlay", "erofs"));

TEST_P(PowerCut, LosesNoCommitAndTearsNothing) {
  const Location location{mount_ + "/root", place_.location().run_root, GetParam()};
  try {
    Store::open(location);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unsupported) throw;
    GTEST_SKIP() << error.what();
  }
  const std::string tar = place_.top() + "/image.tar";
  write_test_tar(tar);
  int survived = 0;
  for (int round = 0; round < 40; ++round) {
    const std::string receipt = place_.top() + "/receipt";  // on another disk: what the command has told its user
    discard_file(AT_FDCWD, receipt);
    const pid_t child = start_child([&] {
      for (;;) {
        import_tar(location, tar, "one");
        Store store = Store::open(location);
        Store::NewContainer made = store.create_container("", false);
        ContainerRow row;
        row.image = store.load_image("one").id;
        made.commit(row);
        made.release();
        write_file(AT_FDCWD, receipt, made.id());
        pause();
      }
    });
    if (round % 4 == 0) {  // after the promise, whatever else the machine does
      const Nanoseconds patience = monotonic_now() + 60 * kSecond;
      while (!exists_at(AT_FDCWD, receipt) && monotonic_now() < patience) usleep(1000);
    } else {
      usleep(static_cast<useconds_t>(random_number(400'000)));
    }
    const std::string promised = find_file_text(AT_FDCWD, receipt).value_or("");
    cut_power(mount_);
    kill(child, SIGKILL);
    wait_for(child);
    while (!disk_.unmount()) usleep(10'000);  // the jailed unpacker has not noticed yet
    ASSERT_TRUE(disk_.mount());
    write_file(AT_FDCWD, location.run_root + "/boot", "another boot");
    Store store = Store::open(location);
    std::string findings;
    for (const Problem& problem : store.check({.deep = true}))
      findings += cat(problem.kind, " ", problem.object, ": ", problem.detail, "\n");
    ASSERT_EQ(findings, "") << "round " << round;
    if (!promised.empty()) {
      ASSERT_TRUE(store.find_container(promised)) << "round " << round;
      ++survived;
    }
    for (const ContainerRow& row : store.list_containers()) store.remove_container(row.id);
    if (round % 2 == 0 && store.find_image("one")) store.remove_image("one", false);
  }
  printf("%d of 40 cuts came after the container had been promised\n", survived);
  EXPECT_GT(survived, 0);
}

}  // namespace
}  // namespace minidock::store
