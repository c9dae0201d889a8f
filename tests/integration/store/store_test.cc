// The store under kill -9, in parallel and on a full disk. Root; run by tests/support/sandbox.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <algorithm>
#include <functional>

#include "base/random.h"
#include "support/fake_image.h"
#include "support/tar_builder.h"

namespace minidock::store {
namespace {

// Runs `work` in a child that ends without destructors, as a program does that is killed.
pid_t start_child(const std::function<void()>& work) {
  fflush(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  try {
    work();
    _exit(0);
  } catch (const std::exception& error) {
    fprintf(stderr, "child: %s\n", error.what());
    _exit(1);
  }
}

int wait_for(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// A jailed child of a killed importer holds the lease until it has noticed: a moment, not more.
std::string leftovers_soon(const TemporaryStore& place) {
  std::string left;
  for (int tries = 0; tries < 200; ++tries) {
    place.open();
    left = place.leftovers();
    if (left.empty()) break;
    usleep(10'000);
  }
  return left;
}

std::string import_tar(const Location& location, const std::string& path, const std::string& reference) {
  Store store = Store::open(location);
  const Fd archive = open_file(AT_FDCWD, path, O_RDONLY);
  ImportRequest request;
  request.fd = archive.get();
  request.source_name = path;
  request.reference = oci::parse_reference(reference);
  return store.import(request).id.text();
}

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() : place_("/tmp") {
    TarBuilder tar;
    tar.directory("bin");
    for (int number = 0; number < 40; ++number) tar.file(cat("bin/f", number), std::string(50'000, static_cast<char>('a' + number % 26)));
    tar_ = place_.top() + "/image.tar";
    write_file(AT_FDCWD, tar_, tar.finish());
  }
  TemporaryStore place_;
  std::string tar_;
};

TEST_F(StoreTest, ImportsAndImportsAgain) {
  const std::string id = import_tar(place_.location(), tar_, "one");
  Store store = place_.open();
  const Fd archive = open_file(AT_FDCWD, tar_, O_RDONLY);
  ImportRequest request{archive.get(), "image.tar", oci::parse_reference("one")};
  const ImportResult again = store.import(request);
  EXPECT_TRUE(again.existed);
  EXPECT_FALSE(again.tagged);
  EXPECT_EQ(again.id.text(), id);
  const ImageRow image = store.load_image("one");
  EXPECT_EQ(image.size, 40u * 50'000u);
  EXPECT_THAT(image.config_json, ::testing::HasSubstr("Imported from -"));
  const std::string top = store.layer_directories(image).at(0);
  EXPECT_EQ(read_file(AT_FDCWD, top + "/bin/f1"), std::string(50'000, 'b'));
  EXPECT_EQ(read_file(AT_FDCWD, place_.root("blobs/sha256/" + image.layers[0].hex())), read_file(AT_FDCWD, tar_));
  EXPECT_EQ(place_.leftovers(), "");
  EXPECT_EQ(place_.complaints(true), "");
}

TEST_F(StoreTest, DeepCheckFindsADamagedFile) {
  import_tar(place_.location(), tar_, "one");
  const std::string layer = place_.open().layer_directories(place_.open().load_image("one")).at(0);
  write_file(AT_FDCWD, layer + "/bin/f3", std::string(50'000, 'Z'));
  EXPECT_EQ(place_.complaints(false), "");
  EXPECT_THAT(place_.complaints(true), ::testing::HasSubstr("bin/f3: its content differs"));
  discard_file(AT_FDCWD, layer + "/bin/f3");
  EXPECT_THAT(place_.complaints(true), ::testing::HasSubstr("bin/f3: missing"));
}

TEST_F(StoreTest, ABrokenArchiveLeavesNothing) {
  const std::string whole = read_file(AT_FDCWD, tar_);
  for (const size_t size : {size_t{0}, size_t{100}, size_t{700}, size_t{30'000}, whole.size() / 2}) {
    write_file(AT_FDCWD, tar_, whole.substr(0, size));
    EXPECT_THROW(import_tar(place_.location(), tar_, "one"), Error) << size;
    EXPECT_EQ(place_.leftovers(), "") << size;
    EXPECT_EQ(place_.complaints(), "") << size;
  }
}

TEST_F(StoreTest, ParallelImportsOfOneTarMakeOneLayer) {
  std::vector<pid_t> children;
  for (int number = 0; number < 4; ++number) {
    children.push_back(start_child([&, number] { import_tar(place_.location(), tar_, cat("name", number)); }));
  }
  for (const pid_t child : children) EXPECT_EQ(wait_for(child), 0);
  EXPECT_EQ(list_dir(AT_FDCWD, place_.root("layers")).size(), 1u);
  EXPECT_EQ(list_dir(AT_FDCWD, place_.root("blobs/sha256")).size(), 1u);
  EXPECT_EQ(place_.open().list_images().at(0).tags.size(), 4u);
  EXPECT_EQ(place_.leftovers(), "");
  EXPECT_EQ(place_.complaints(true), "");
}

// Kills `work` at random moments of its usual length; after each: no finding and nothing left.
void kill_at_random(const TemporaryStore& place, int rounds, const std::function<void()>& work) {
  Nanoseconds shortest = INT64_MAX;
  for (int round = 0; round < 3; ++round) {
    const Nanoseconds start = monotonic_now();
    ASSERT_EQ(wait_for(start_child(work)), 0);
    shortest = std::min(shortest, monotonic_now() - start);
  }
  const auto length = static_cast<uint64_t>(shortest / 1000);
  int killed = 0;
  for (int round = 0; round < rounds; ++round) {
    const pid_t child = start_child(work);
    usleep(static_cast<useconds_t>(random_number(length + length / 10)));
    kill(child, SIGKILL);
    killed += wait_for(child) != 0 ? 1 : 0;
    ASSERT_EQ(leftovers_soon(place), "") << "round " << round;
    ASSERT_EQ(place.complaints(), "") << "round " << round;
  }
  printf("%d of %d were killed at work, within %llu us\n", killed, rounds, static_cast<unsigned long long>(length));
  EXPECT_GT(killed, rounds / 3);
}

TEST_F(StoreTest, KilledImport) {
  kill_at_random(place_, 100, [&] {
    import_tar(place_.location(), tar_, "one");
    place_.open().remove_image("one", false);
  });
}

TEST_F(StoreTest, KilledEphemeralContainer) {
  const ImageRow image = make_image(place_.location(), "blob", "one");
  kill_at_random(place_, 200, [&] {
    Store store = place_.open();
    Store::NewContainer made = store.create_container("web", true);
    ContainerRow row;
    row.image = store.load_image("one").id;
    made.commit(row);
    // Not released: the monitor is not there yet. So a kill up to here leaves no trace.
    store.remove_container(made.id());
  });
}

TEST_F(StoreTest, KilledDurableContainerIsListedOrGone) {
  const ImageRow image = make_image(place_.location(), "blob", "one");
  Store store = place_.open();
  for (int round = 0; round < 100; ++round) {
    const pid_t child = start_child([&] {
      Store own = place_.open();
      for (;;) {
        Store::NewContainer made = own.create_container("web", false);
        ContainerRow row;
        row.image = image.id;
        made.commit(row);
        made.release();
        own.remove_container(made.id());
      }
    });
    usleep(static_cast<useconds_t>(random_number(30'000)));
    kill(child, SIGKILL);
    wait_for(child);
    ASSERT_EQ(place_.complaints(), "") << "round " << round;
    for (const ContainerRow& row : store.list_containers()) {
      ASSERT_EQ(store.load_container("web").id, row.id);
      store.remove_container(row.id);
    }
    ASSERT_EQ(place_.leftovers(), "") << "round " << round;
  }
}

TEST_F(StoreTest, EightProcessesAtOnce) {
  make_image(place_.location(), "blob", "one");
  std::vector<pid_t> children;
  for (int number = 0; number < 8; ++number) {
    children.push_back(start_child([&, number] {
      for (int round = 0; round < 20; ++round) {
        Store store = place_.open();
        Store::NewContainer made = store.create_container("", (number + round) % 4 != 0);
        ContainerRow row;
        row.image = store.load_image("one").id;
        made.commit(row);
        made.release();
        if (store.load_container(made.name()).id != made.id()) _exit(2);
        store.list_containers();
        store.remove_container(made.id());
      }
    }));
  }
  for (const pid_t child : children) EXPECT_EQ(wait_for(child), 0);
  EXPECT_EQ(place_.leftovers(), "");
  EXPECT_EQ(place_.complaints(), "");
}

TEST_F(StoreTest, AContainerUnderItsMonitorOutlivesItsMaker) {
  const ImageRow image = make_image(place_.location(), "blob", "one");
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  pid_t monitor = 0;
  const pid_t maker = start_child([&] {
    Store store = place_.open();
    Store::NewContainer made = store.create_container("web", true);
    ContainerRow row;
    row.image = image.id;
    made.commit(row);
    const pid_t holder = fork();  // inherits the lock, as the monitor does, and nothing else of the store
    if (holder == 0) {
      const int lock = dup(made.lock_fd());
      close_range(3, static_cast<unsigned>(lock) - 1, 0);
      pause();
    }
    write_all(ready[1], std::string_view(reinterpret_cast<const char*>(&holder), sizeof holder));
    usleep(50'000);  // the holder has closed the rest
    kill(getpid(), SIGKILL);
  });
  ASSERT_EQ(read(ready[0], &monitor, sizeof monitor), static_cast<ssize_t>(sizeof monitor));
  EXPECT_EQ(wait_for(maker), 128 + SIGKILL);
  EXPECT_EQ(place_.complaints(), "");
  EXPECT_TRUE(place_.open().find_container("web"));
  EXPECT_FALSE(place_.open().try_lock_container(place_.open().load_container("web").id));
  kill(monitor, SIGKILL);
  close(ready[0]);
  close(ready[1]);
}

// A small ext4 on a loop device, its last byte written. Skips where there are no loop devices.
class FullDiskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    image_ = place_.top() + "/disk.img";
    mount_ = place_.top() + "/disk";
    make_dir(AT_FDCWD, mount_, 0700);
    const Fd disk = open_file(AT_FDCWD, image_, O_RDWR | O_CREAT, 0600);
    ASSERT_EQ(ftruncate(disk.get(), 64 << 20), 0);
    if (run({"mkfs.ext4", "-q", "-m", "0", image_}) != 0) GTEST_SKIP() << "no mkfs.ext4 here";
    if (run({"mount", "-o", "loop", image_, mount_}) != 0) GTEST_SKIP() << "no loop devices here";
    mounted_ = true;
  }
  void TearDown() override {
    if (mounted_) run({"umount", "-d", mount_});
  }
  static int run(std::vector<std::string> words) {
    return wait_for(start_child([&] {
      std::vector<char*> argv;
      for (std::string& word : words) argv.push_back(word.data());
      argv.push_back(nullptr);
      execvp(argv[0], argv.data());
      _exit(127);
    }));
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
  std::string image_, mount_;
  bool mounted_ = false;
};

TEST_F(FullDiskTest, RemovingWorksAtZeroBytesFree) {
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
  EXPECT_TRUE(after.check(true).empty());
}

TEST_F(FullDiskTest, ATooBigImportGivesAllBack) {
  const Location location{mount_ + "/root", mount_ + "/run"};
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
  EXPECT_TRUE(store.check(true).empty());
}

}  // namespace
}  // namespace minidock::store
