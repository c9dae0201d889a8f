#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "support/fake_image.h"

namespace minidock::store {
namespace {

using ::testing::HasSubstr;

class UpkeepTest : public ::testing::Test {
 protected:
  UpkeepTest() : image_(make_image(place_.location(), "blob", "ubuntu")) {}
  void run_sql(const std::string& sql) {
    Rooms rooms(place_.location());
    rooms.root_database().run("PRAGMA foreign_keys = OFF");
    rooms.root_database().run(sql);
  }
  std::string layer() const { return image_.layers[0].hex(); }
  TemporaryStore place_;
  ImageRow image_;
};

TEST_F(UpkeepTest, PlantedFilesAreGarbageAndGoWithTheNextCommand) {
  const std::string id = random_hex(32);
  make_dir(AT_FDCWD, place_.root("containers/" + id), 0700);
  make_dir(AT_FDCWD, place_.run_root("containers/" + id), 0700);
  make_dir(AT_FDCWD, place_.root("layers/" + id), 0700);
  make_dir(AT_FDCWD, place_.root("volumes/lost"), 0700);
  write_file(AT_FDCWD, place_.root("blobs/sha256/" + id), "x");
  write_file(AT_FDCWD, place_.root("layers/note.txt"), "x");
  write_file(AT_FDCWD, place_.root("tmp/stray"), "x");
  place_.open();  // a command that nobody told of the garbage leaves it alone
  std::vector<Problem> found = place_.open().check({.deep = false});
  EXPECT_EQ(found.size(), 7u);
  for (const Problem& problem : found) {
    EXPECT_EQ(problem.kind, "orphan file") << problem.object;
    EXPECT_TRUE(problem.garbage);
  }
  place_.open();
  EXPECT_EQ(place_.leftovers(), "");
  EXPECT_EQ(place_.complaints(), "");
  EXPECT_TRUE(exists_at(AT_FDCWD, place_.root("layers/" + layer())));
}

TEST_F(UpkeepTest, PlantedRowsAreFound) {
  const std::string id = random_hex(32);
  run_sql("INSERT INTO images VALUES ('" + id + "', '{}', 0)");
  EXPECT_THAT(place_.complaints(), HasSubstr("damaged image image sha256:" + id));
  run_sql("DELETE FROM images WHERE id = '" + id + "'");
  run_sql("INSERT INTO containers VALUES ('" + id + "', 'ghost', '" + image_.id.hex() + "', 'x', 0, '{}')");
  EXPECT_THAT(place_.complaints(), HasSubstr("orphan row container ghost (" + id.substr(0, 12) + "): containers/" + id +
                                             "/upper is missing"));
  place_.open().remove_container(id);
  run_sql("INSERT INTO tags VALUES ('docker.io/library/x:1', '" + id + "')");
  EXPECT_THAT(place_.complaints(), HasSubstr("orphan row table tags: points to no row of images"));
  run_sql("DELETE FROM tags WHERE image = '" + id + "'");
  run_sql("INSERT INTO volumes VALUES ('data', 0, 0, '{}', '')");
  EXPECT_THAT(place_.complaints(), HasSubstr("orphan row volume data: volumes/data/_data is missing"));
  run_sql("DELETE FROM volumes");
  run_sql("INSERT INTO layers VALUES ('" + id + "', 1, 1, 1)");
  EXPECT_THAT(place_.complaints(), HasSubstr("orphan row layer sha256:" + id + ": blobs/sha256/" + id + " is missing"));
}

// What a layer has beside its tar takes an unpacker to see: Migrate.RepairsWhatIsDamaged, and e2e.
TEST_F(UpkeepTest, DamageIsFound) {
  EXPECT_EQ(place_.complaints(false), "");
  write_file(AT_FDCWD, place_.root("blobs/sha256/" + layer()), "BLOB");
  EXPECT_EQ(place_.complaints(false), "");
  EXPECT_THAT(place_.complaints(true), HasSubstr("damaged blob blobs/sha256/" + layer() + ": its SHA-256 differs"));
  write_file(AT_FDCWD, place_.root("blobs/sha256/" + layer()), "shorter or longer");
  EXPECT_THAT(place_.complaints(false), HasSubstr("should have 4"));
  write_file(AT_FDCWD, place_.root("blobs/sha256/" + layer()), "blob");
  discard_tree(AT_FDCWD, place_.root("layers/" + layer()));
  EXPECT_THAT(place_.complaints(), HasSubstr("/diff is missing"));
}

TEST_F(UpkeepTest, ADamagedDatabaseIsAFindingNotACrash) {
  const std::string path = place_.root("minidock.db");
  std::string bytes = read_file(AT_FDCWD, path);
  for (size_t at = 2 * 4096; at < 6 * 4096; ++at) bytes[at] = static_cast<char>(at * 31);
  write_file(AT_FDCWD, path, bytes);
  EXPECT_NE(place_.complaints(), "");
}

TEST_F(UpkeepTest, ADeadMakersWorkIsSweptByTheNextOpen) {
  Rooms rooms(place_.location());
  const std::string id = random_hex(32);
  {
    const Lease import = Lease::create(rooms.tmp(), LeaseKind::import);
    make_dir(rooms.tmp(), import.draft(), 0700);
    const Lease container = Lease::create(rooms.tmp(), LeaseKind::container, id);
    make_dir(rooms.root(), "containers/" + id, 0700);
    const Lease fresh = Lease::create(rooms.tmp(), LeaseKind::layer, id);
    make_dir(rooms.root(), "layers/" + id, 0700);
    const Lease claimed = Lease::create(rooms.tmp(), LeaseKind::layer, layer());
    place_.open();  // they are alive
    EXPECT_TRUE(exists_at(rooms.root(), "containers/" + id));
    EXPECT_EQ(place_.open().check({.deep = false}).size(), 0u);
  }
  place_.open();
  EXPECT_EQ(place_.leftovers(), "");
  EXPECT_FALSE(exists_at(rooms.root(), "layers/" + id));
  EXPECT_TRUE(exists_at(rooms.root(), "layers/" + layer()));  // its row claims it
  EXPECT_EQ(place_.complaints(), "");
}

TEST_F(UpkeepTest, DirectoriesOfOthersAreNoStore) {
  make_dir(AT_FDCWD, place_.top() + "/full", 0700);
  make_dir(AT_FDCWD, place_.top() + "/full/tmp", 0700);
  for (const Location& location :
       {Location{place_.top() + "/full", place_.location().run_root},
        Location{place_.location().root, place_.top() + "/full"}, Location{"relative", place_.top()}}) {
    try {
      Store::open(location);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid) << error.what();
    }
  }
  EXPECT_EQ(list_dir(AT_FDCWD, place_.top() + "/full"), std::vector<std::string>{"tmp"});
}

TEST_F(UpkeepTest, OneRootAndOneRunBelongTogether) {
  const Location other_run{place_.location().root, place_.top() + "/run2"};
  const Location other_root{place_.top() + "/root2", place_.location().run_root};
  for (const Location& location : {other_run, other_root}) {
    try {
      Store::open(location);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::conflict) << error.what();
      EXPECT_THAT(error.what(), HasSubstr("--run-root"));
    }
  }
  place_.open();
  write_file(AT_FDCWD, place_.run_root("boot"), "another boot");  // both may change hands by a reboot
  Store::open(other_run);
  EXPECT_THROW(place_.open(), Error);
}

TEST_F(UpkeepTest, VolumesComeAndGo) {
  Store store = place_.open();
  EXPECT_EQ(store.ensure_volume("data", false), place_.root("volumes/data/_data"));
  write_file(AT_FDCWD, place_.root("volumes/data/_data/f"), "x");
  store.ensure_volume("data", false);
  EXPECT_TRUE(exists_at(AT_FDCWD, place_.root("volumes/data/_data/f")));
  const std::string anonymous = store.create_anonymous_volume();
  EXPECT_EQ(anonymous.size(), 64u);
  EXPECT_EQ(store.list_volumes().size(), 2u);
  EXPECT_EQ(place_.complaints(), "");
  store.remove_volume("data");
  store.remove_volume("data");
  store.remove_volume(anonymous);
  EXPECT_THROW(store.ensure_volume("../x", false), Error);
  EXPECT_EQ(list_dir(AT_FDCWD, place_.root("volumes")), std::vector<std::string>{});
  EXPECT_EQ(place_.complaints(), "");
}

TEST_F(UpkeepTest, DiskUsageCountsAHardLinkOnce) {
  Store store = place_.open();
  const uint64_t before = store.disk_usage();
  write_file(AT_FDCWD, place_.root("cache/a"), std::string(100'000, 'x'));
  ASSERT_EQ(link(place_.root("cache/a").c_str(), place_.root("cache/b").c_str()), 0);
  const uint64_t grown = store.disk_usage() - before;
  EXPECT_GE(grown, 100'000u);
  EXPECT_LT(grown, 120'000u);
}

}  // namespace
}  // namespace minidock::store
