// A store that changes its driver, as a whole or not at all; and layers that are made again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "linux/detached_mount.h"
#include "store/archive/layer_index.h"
#include "store/image_rows.h"
#include "support/children.h"
#include "support/import_tar.h"
#include "support/packed.h"
#include "support/temporary_store.h"
#include "support/unpack_fixture.h"

namespace minidock::store {
namespace {

class Migrate : public ::testing::TestWithParam<std::string> {
 protected:
  Migrate() : place_("/tmp", GetParam()) {}

  void SetUp() override {
    try {
      if (GetParam() == "overlay") TemporaryStore("/tmp", "erofs").open();
      place_.open();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unsupported) throw;
      GTEST_SKIP() << error.what();
    }
    write_test_tar(tar_);
    import_tar(place_.location(), tar_, "one");
    TarBuilder upper;
    upper.file("bin/.wh.f1").file("bin/f2", "new").hardlink("l", "bin/f2").file("only/.wh.x").file("only/y", "1");
    upper.directory("new").file("new/.wh..wh..opq").symlink("s", "bin").node("null", '3', 1, 3);
    write_file(AT_FDCWD, upper_, upper.finish());
    Store store = place_.open();
    const Fd archive = open_file(AT_FDCWD, upper_, O_RDONLY);
    ImportRequest request{archive.get(), "upper.tar", oci::parse_reference("two")};
    request.parents = store.load_image("one").layers;
    store.import(request);
    free_.driver.clear();
  }

  std::string other() const { return GetParam() == "erofs" ? "overlay" : "erofs"; }
  Store open() const { return Store::open(free_); }
  std::string complaints() const {
    std::string text;
    for (const Problem& problem : open().check({.deep = true}))
      text += cat(problem.kind, " ", problem.object, ": ", problem.detail, "\n");
    return text;
  }

  // All that a container of the image would see.
  std::string shown() const {
    Store store = open();
    const Fd mount = linux::make_overlay({.lowers = store.open_layers(store.load_image("two"))});
    const std::string at = place_.top() + "/shown";
    ensure_dir(AT_FDCWD, at, 0755);
    linux::attach_mount(mount.get(), at);
    const std::string text = list_tree(at, false, false);
    EXPECT_TRUE(linux::try_unmount(at, true));  // `mount` holds it
    return text;
  }

  void expect_form(const std::string& driver) const {
    for (const std::string& layer : list_dir(AT_FDCWD, place_.root("layers"))) {
      EXPECT_THAT(
          list_dir(AT_FDCWD, place_.root("layers/" + layer)),
          ::testing::ElementsAre(driver == "erofs" ? "layer.json" : "diff", driver == "erofs" ? "tree" : "layer.json"));
    }
    const size_t images =
        exists_at(AT_FDCWD, place_.root("images")) ? list_dir(AT_FDCWD, place_.root("images")).size() : 0;
    if (driver == "overlay") {
      EXPECT_EQ(images + place_.image_mounts().size(), 0u);
    }
  }

  TemporaryStore place_;
  Location free_ = place_.location();
  const std::string tar_ = place_.top() + "/image.tar", upper_ = place_.top() + "/upper.tar";
};
INSTANTIATE_TEST_SUITE_P(From, Migrate, ::testing::Values("overlay", "erofs"),
                         [](const auto& tested) { return tested.param; });

TEST_P(Migrate, ToAndFro) {
  const std::string before = shown();
  for (const std::string& driver : {other(), GetParam()}) {
    uint64_t last = 0, all = 0;
    EXPECT_THAT(open().migrate(driver, [&](uint64_t done, uint64_t total) { last = done, all = total; }),
                ::testing::IsEmpty());
    EXPECT_EQ(last, all);
    EXPECT_GT(all, 2'000'000u);
    EXPECT_EQ(open().driver_name(), driver);
    EXPECT_THAT(open().driver_reason(), ::testing::HasSubstr("by system migrate"));
    expect_form(driver);
    EXPECT_EQ(place_.leftovers(), "");
    EXPECT_EQ(complaints(), "");
    EXPECT_EQ(shown(), before);
  }
  EXPECT_FALSE(open().plan_migration(GetParam()).needed);
  EXPECT_TRUE(open().migrate(GetParam(), {}).empty());
}

// Indexes and trees were not packed once. They are read as they are, and nothing is wrong with them.
TEST_P(Migrate, WhatAnOlderOneLeftPlain) {
  const std::string before = shown();
  for (const std::string& layer : list_dir(AT_FDCWD, place_.root("layers"))) {
    for (const char* name : {"layer.json", "tree"}) {
      const std::string path = cat(place_.root("layers/" + layer), "/", name);
      if (!exists_at(AT_FDCWD, path)) continue;
      const std::string content = content_of(open_file(AT_FDCWD, path, O_RDONLY).get());
      ASSERT_TRUE(content.starts_with(name == std::string("tree") ? "minidock tree 1\n" : "{\"version\":1,"));
      write_file(AT_FDCWD, path, content);
    }
  }
  // So that the image's file is made again of them.
  for (const std::string& mount : place_.image_mounts()) linux::try_unmount(mount, true);
  if (GetParam() == "erofs") {
    for (const std::string& name : list_dir(AT_FDCWD, place_.root("images")))
      remove_file(AT_FDCWD, place_.root("images/" + name));
  }
  EXPECT_EQ(complaints(), "");
  EXPECT_EQ(shown(), before);
  size_t entries = 0;
  open().read_layer(open().load_image("two").layers[1], [&](const IndexEntry&) { ++entries; });
  EXPECT_GT(entries, 0u);
  open().migrate(other(), {});
  EXPECT_EQ(complaints(), "");
  EXPECT_EQ(shown(), before);
}

TEST_P(Migrate, NotBelowAContainer) {
  Store store = open();
  Store::NewContainer made = store.create_container("web", false);
  const auto refused = [&](const std::string& why) {
    try {
      open().migrate(other(), {});
      ADD_FAILURE() << "migrated";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::in_use);
      EXPECT_THAT(error.what(), ::testing::HasSubstr(why));
    }
    EXPECT_EQ(open().driver_name(), GetParam());
    expect_form(GetParam());
  };
  refused("is being made or removed");
  ContainerRow row;
  row.image = store.load_image("two").id;
  made.commit(row);
  made.release();
  refused("container web is in use");
}

// Who took in a layer before the change does not publish it after it.
TEST_P(Migrate, NotBeneathAnImport) {
  Store early = open();
  EXPECT_EQ(early.driver_name(), GetParam());
  write_file(AT_FDCWD, upper_, TarBuilder().file("late").finish());
  const Fd archive = open_file(AT_FDCWD, upper_, O_RDONLY);
  ImportRequest request{archive.get(), "late.tar", oci::parse_reference("late")};
  request.when_read = [&] { open().migrate(other(), {}); };
  try {
    early.import(request);
    ADD_FAILURE() << "imported";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("changed meanwhile, by system migrate; try again"));
  }
  expect_form(other());
  EXPECT_EQ(complaints(), "");
  EXPECT_EQ(place_.leftovers(), "");
}

TEST_P(Migrate, KilledAtAnyMoment) {
  const std::string before = shown();
  const Nanoseconds start = monotonic_now();
  ASSERT_EQ(wait_for(start_child([&] { open().migrate("", {}); })), 0);
  auto length = static_cast<uint64_t>((monotonic_now() - start) / 1000);
  int killed = 0, changed = 0;
  std::string driver = open().driver_name();
  for (int round = 0; round < 20; ++round) {
    const pid_t child = start_child([&] { open().migrate("", {}); });
    usleep(static_cast<useconds_t>(random_number(length + 1)));
    kill(child, SIGKILL);
    const bool hit = wait_for(child) != 0;
    killed += hit ? 1 : 0;
    length = hit ? length + length / 20 : length - length / 4;
    // A jailed child holds the lease until it has noticed.
    for (int tries = 0; tries < 1000 && !list_dir(AT_FDCWD, place_.root("tmp")).empty(); ++tries) {
      open();
      usleep(10'000);
    }
    ASSERT_EQ(complaints(), "") << "round " << round;
    ASSERT_EQ(place_.leftovers(), "");
    expect_form(open().driver_name());
    ASSERT_EQ(shown(), before);
    changed += open().driver_name() != driver ? 1 : 0;
    driver = open().driver_name();
  }
  printf("%d of 20 were killed at work, %d changed the driver\n", killed, changed);
  EXPECT_GT(killed, 5);
}

// A byte of every kind of file, found by the deep check and mended by it, but for the tars.
TEST_P(Migrate, RepairsWhatIsDamaged) {
  const std::string before = shown();
  for (const std::string& mount : place_.image_mounts()) linux::try_unmount(mount, true);
  const auto damage = [](const std::string& path, size_t at) {
    std::string bytes = read_file(AT_FDCWD, path);
    bytes.at(at) = static_cast<char>(bytes.at(at) ^ 1);
    write_file(AT_FDCWD, path, bytes);
  };
  std::vector<std::string> files;
  Store store = open();
  const ImageRow image = store.load_image("two");
  const std::string layer = place_.root(layer_path(image.layers[0].hex()));
  files.push_back(layer + "/layer.json");
  if (GetParam() == "overlay") files.push_back(layer + "/diff/bin/f7");
  if (GetParam() == "erofs") {
    files.push_back(layer + "/tree");
    for (const std::string& name : list_dir(AT_FDCWD, place_.root("images")))
      files.push_back(place_.root("images/" + name));
  }
  for (const std::string& file : files) {
    const std::string whole = read_file(AT_FDCWD, file);
    for (const size_t at : {whole.size() / 3, whole.size() - 1}) {
      damage(file, at);
      std::vector<Problem> found = store.check({.deep = true});
      ASSERT_EQ(found.size(), 1u) << file << " " << at;
      EXPECT_FALSE(found[0].repaired || found[0].garbage);
      found = store.check({.deep = true, .repair = true});
      ASSERT_FALSE(found.empty()) << file;
      EXPECT_TRUE(found[0].repaired) << found[0].detail;
      EXPECT_EQ(read_file(AT_FDCWD, file), whole);
      EXPECT_EQ(complaints(), "");
    }
  }
  if (GetParam() == "overlay") {
    write_file(AT_FDCWD, layer + "/diff/added", "x");
    EXPECT_THAT(complaints(), testing::HasSubstr("holds 1 entries that the tar does not have"));
    store.check({.deep = true, .repair = true});
    EXPECT_FALSE(exists_at(AT_FDCWD, layer + "/diff/added"));
  }
  // What is not there at all needs no deep look.
  discard_tree(AT_FDCWD, layer);
  EXPECT_FALSE(store.check({}).empty());
  for (const Problem& problem : store.check({.repair = true})) EXPECT_TRUE(problem.repaired) << problem.detail;
  EXPECT_EQ(complaints(), "");
  EXPECT_EQ(shown(), before);
  // A tar cannot be made again.
  const std::string blob = place_.root(blob_path(image.layers[0].hex()));
  damage(blob, 600);
  const std::vector<Problem> found = store.check({.deep = true, .repair = true});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, "damaged blob");
  EXPECT_FALSE(found[0].repaired);
  damage(blob, 600);
  EXPECT_EQ(complaints(), "");
}

}  // namespace
}  // namespace minidock::store
