// kill -9 at random moments: afterwards the thing is there or there is no trace of it.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "support/children.h"
#include "support/fake_image.h"
#include "support/import_tar.h"
#include "support/remote_image.h"

namespace minidock::store {
namespace {

// In memory: what has been written survives a kill there too, and nobody waits for a disk, where most kills would fall
// and find nothing new. A power cut is another test (disk_test.cc).
class KillTest : public ::testing::Test {
 protected:
  TemporaryStore place_;
};

// A jailed child of a killed importer holds the lease until it has noticed: a moment, not more.
std::string leftovers_soon(const TemporaryStore& place) {
  std::string left;
  for (int tries = 0; tries < 1000; ++tries) {
    place.open();
    left = place.leftovers();
    if (left.empty()) break;
    usleep(10'000);
  }
  return left;
}

// Kills `work` at random moments of its usual length; after each: no finding and nothing left.
void kill_at_random(const TemporaryStore& place, int rounds, const std::function<void()>& work) {
  Nanoseconds shortest = INT64_MAX;
  for (int round = 0; round < 3; ++round) {
    const Nanoseconds start = monotonic_now();
    ASSERT_EQ(wait_for(start_child(work)), 0);
    shortest = std::min(shortest, monotonic_now() - start);
  }
  // Other work on the machine comes and goes: the span follows, so that most kills hit.
  auto length = static_cast<uint64_t>(shortest / 1000);
  int killed = 0;
  for (int round = 0; round < rounds; ++round) {
    const pid_t child = start_child(work);
    usleep(static_cast<useconds_t>(random_number(length + 1)));
    kill(child, SIGKILL);
    const bool hit = wait_for(child) != 0;
    killed += hit ? 1 : 0;
    length = hit ? length + length / 20 : length - length / 4;
    ASSERT_EQ(leftovers_soon(place), "") << "round " << round;
    ASSERT_EQ(place.complaints(), "") << "round " << round;
  }
  printf("%d of %d were killed at work, within %llu us\n", killed, rounds, static_cast<unsigned long long>(length));
  EXPECT_GT(killed, rounds / 3);
}

TEST_F(KillTest, Import) {
  const std::string tar = place_.top() + "/image.tar";
  write_test_tar(tar);
  kill_at_random(place_, 100, [&] {
    import_tar(place_.location(), tar, "one");
    place_.open().remove_image("one", false);
  });
}

TEST_F(KillTest, Load) {
  const std::string tar = place_.top() + "/image.tar", other = place_.top() + "/other.tar";
  const std::string archive = place_.top() + "/images.tar";
  write_test_tar(tar);
  write_file(AT_FDCWD, other, TarBuilder().file("other", std::string(100'000, 'x')).finish());
  import_tar(place_.location(), tar, "one");
  import_tar(place_.location(), other, "two");
  {
    Store store = place_.open();
    const Fd out = open_file(AT_FDCWD, archive, O_WRONLY | O_CREAT, 0600);
    store.save({{store.load_image("one").id, {oci::parse_reference("one")}},
                {store.load_image("two").id, {oci::parse_reference("two")}}},
               out.get());
    store.remove_image("one", false);
    store.remove_image("two", false);
  }
  kill_at_random(place_, 100, [&] {
    Store store = place_.open();
    LoadRequest request;
    const Fd in = open_file(AT_FDCWD, archive, O_RDONLY);
    request.fd = in.get();
    request.loaded = [](const LoadedImage&) {};
    store.load(request);
    store.remove_image("one", false);
    store.remove_image("two", false);
  });
}

// What is kept of a layer comes with it and goes with it.
TEST_F(KillTest, PullThatKeepsBlobs) {
  const std::string path = place_.top() + "/image.tar";
  write_test_tar(path);
  const std::string tar = read_file(AT_FDCWD, path);
  const RemoteImage remote = remote_image(place_, tar, gzipped(tar, 1), oci::media::kGzipLayer);
  kill_at_random(place_, 100, [&] {
    Store store = place_.open();
    store.pull(remote.request);
    store.remove_image("registry.example/one", false);
  });
}

TEST_F(KillTest, ErofsImport) {
  const TemporaryStore place("/tmp", "erofs");
  try {
    place.open();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unsupported) throw;
    GTEST_SKIP() << error.what();
  }
  const std::string tar = place.top() + "/image.tar";
  write_test_tar(tar);
  kill_at_random(place, 100, [&] {
    import_tar(place.location(), tar, "one");
    Store store = place.open();
    store.open_layers(store.load_image("one"));
    store.remove_image("one", false);
  });
  // What the last kill left of an image that is there is an image's.
  Store store = place.open();
  if (store.find_image("one")) store.remove_image("one", false);
  EXPECT_TRUE(place.image_mounts().empty());
  EXPECT_TRUE(list_dir(AT_FDCWD, place.root("images")).empty());
}

TEST_F(KillTest, EphemeralContainer) {
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

TEST_F(KillTest, DurableContainerIsListedOrGone) {
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

TEST_F(KillTest, AContainerUnderItsMonitorOutlivesItsMaker) {
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
      const int told = dup(ready[1]);
      close_range(3, static_cast<unsigned>(lock) - 1, 0);
      const pid_t self = getpid();
      write_all(told, std::string_view(reinterpret_cast<const char*>(&self), sizeof self));
      pause();
    }
    pause();
  });
  ASSERT_EQ(read(ready[0], &monitor, sizeof monitor), static_cast<ssize_t>(sizeof monitor));
  kill(maker, SIGKILL);  // the holder has closed the rest
  EXPECT_EQ(wait_for(maker), 128 + SIGKILL);
  EXPECT_EQ(place_.complaints(), "");
  EXPECT_TRUE(place_.open().find_container("web"));
  EXPECT_FALSE(place_.open().try_lock_container(place_.open().load_container("web").id));
  kill(monitor, SIGKILL);
  close(ready[0]);
  close(ready[1]);
}

}  // namespace
}  // namespace minidock::store
