// What the store costs a `run --rm`: printed, and held to ten times the budget so that a loaded machine does not fail
// it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "support/fake_image.h"

namespace minidock::store {
namespace {

// On a disk, where a directory's removal may wait for the file system's journal, and on a tmpfs, where it cannot.
class FastPath : public ::testing::TestWithParam<const char*> {};

TEST_P(FastPath, OpenLookUpInsertDelete) {
  const TemporaryStore place(GetParam());
  make_image(place.location(), "blob", "busybox");
  struct Lap {
    const char* name;
    std::vector<Nanoseconds> times;
  };
  Lap laps[] = {{"open", {}},   {"find image", {}}, {"create", {}}, {"commit", {}},
                {"remove", {}}, {"close", {}},      {"all", {}}};
  for (int round = 0; round < 200; ++round) {
    const Nanoseconds start = monotonic_now();
    Nanoseconds last = start;
    size_t index = 0;
    const auto lap = [&] {
      const Nanoseconds time = monotonic_now();
      laps[index++].times.push_back(time - last);
      last = time;
    };
    {
      Store store = place.open();
      lap();
      const ImageRow image = store.load_image("busybox");
      lap();
      Store::NewContainer made = store.create_container("", true);
      lap();
      ContainerRow row;
      row.image = image.id;
      row.config_json = std::string(2000, 'x');
      made.commit(row);
      made.release();
      lap();
      store.remove_container(made.id());
      lap();
    }
    lap();
    laps[index].times.push_back(last - start);
  }
  for (Lap& lap : laps) {
    std::sort(lap.times.begin(), lap.times.end());
    std::printf("%-10s median %5lld us, p90 %5lld us\n", lap.name, static_cast<long long>(lap.times[100] / 1000),
                static_cast<long long>(lap.times[180] / 1000));
  }
  EXPECT_LT(laps[6].times[100], kSecond / 50);
  EXPECT_EQ(place.leftovers(), "");
}

INSTANTIATE_TEST_SUITE_P(, FastPath, ::testing::Values("/tmp", "/dev/shm"),
                         [](const auto& place) { return place.index == 0 ? "Disk" : "Memory"; });

}  // namespace
}  // namespace minidock::store
