#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_image.h"

namespace minidock::store {
namespace {

class ContainersTest : public ::testing::TestWithParam<bool> {  // ephemeral?
 protected:
  ContainersTest() : image_(make_image(place_.location(), "blob", "ubuntu")) {}
  ContainerRow row() const {
    ContainerRow row;
    row.image = image_.id;
    row.image_reference = "ubuntu";
    row.created = now();
    row.ephemeral = GetParam();
    row.config_json = "{\"a\":1}";
    return row;
  }
  std::string make(Store& store, const std::string& name) const {
    Store::NewContainer made = store.create_container(name, GetParam());
    made.commit(row());
    made.release();
    return made.id();
  }
  TemporaryStore place_;
  ImageRow image_;
};

TEST_P(ContainersTest, CreatedFoundRemoved) {
  Store store = place_.open();
  const std::string id = make(store, "/web");
  for (const std::string& word : {std::string("web"), std::string("/web"), id, id.substr(0, 12), id.substr(0, 3)}) {
    const ContainerRow found = store.load_container(word);
    EXPECT_EQ(found.id, id);
    EXPECT_EQ(found.name, "web");
    EXPECT_EQ(found.image, image_.id);
    EXPECT_EQ(found.ephemeral, GetParam());
    EXPECT_EQ(found.config_json, "{\"a\":1}");
  }
  struct stat info;
  ASSERT_EQ(stat((store.container_directory(id) + "/upper").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0755u);
  EXPECT_EQ(store.list_containers().size(), 1u);
  EXPECT_EQ(place_.complaints(), "");
  store.remove_container(id);
  store.remove_container(id);  // idempotent
  EXPECT_FALSE(store.find_container("web"));
  EXPECT_EQ(place_.leftovers(), "");
  EXPECT_EQ(place_.complaints(), "");
}

TEST_P(ContainersTest, NotFoundHasDockersText) {
  Store store = place_.open();
  for (const char* word : {"web", "", "/", "0000", "..", "a/b"}) {
    try {
      store.load_container(word);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::not_found);
      EXPECT_EQ(error.what(), cat("No such container: ", word));
    }
  }
}

TEST_P(ContainersTest, ANameServesOnceAndAgain) {
  Store store = place_.open();
  const std::string id = make(store, "web");
  try {
    store.create_container("web", !GetParam());  // one place for both kinds
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    EXPECT_THAT(error.what(), ::testing::HasSubstr(id));
  }
  store.remove_container(id);
  const std::string second = make(store, "web");
  EXPECT_NE(second, id);
  EXPECT_EQ(store.load_container("web").id, second);
}

TEST_P(ContainersTest, NotCommittedOrNotReleasedLeavesNothing) {
  Store store = place_.open();
  { store.create_container("web", GetParam()); }
  EXPECT_EQ(place_.leftovers(), "");
  {
    Store::NewContainer made = store.create_container("web", GetParam());
    made.commit(row());
    EXPECT_TRUE(store.find_container("web"));
  }
  EXPECT_FALSE(store.find_container("web"));
  EXPECT_EQ(place_.leftovers(), "");
  EXPECT_EQ(place_.complaints(), "");
}

TEST_P(ContainersTest, AnImageThatIsGoneIsNoticedAtCommit) {
  Store store = place_.open();
  Store::NewContainer made = store.create_container("web", GetParam());
  place_.open().remove_image("ubuntu", false);
  try {
    made.commit(row());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
    EXPECT_STREQ(error.what(), "No such image: ubuntu");
  }
}

TEST_P(ContainersTest, Renames) {
  Store store = place_.open();
  const std::string id = make(store, "web");
  make(store, "other");
  store.rename_container(id, "/db");
  EXPECT_EQ(store.load_container("db").id, id);
  EXPECT_FALSE(store.find_container("web"));
  EXPECT_THROW(store.rename_container(id, "other"), Error);
  EXPECT_THROW(store.rename_container(id, "db"), Error);
  EXPECT_THROW(store.rename_container(id, "-"), Error);
  make(store, "web");
  EXPECT_EQ(place_.complaints(), "");
}

TEST_P(ContainersTest, TheLockIsOneMans) {
  Store store = place_.open();
  Store::NewContainer made = store.create_container("web", GetParam());
  made.commit(row());
  EXPECT_FALSE(store.try_lock_container(made.id()));
  const std::string id = made.id();
  made.release();
  { const Store::NewContainer ended = std::move(made); }
  std::optional<Fd> lock = store.try_lock_container(id);
  ASSERT_TRUE(lock);
  EXPECT_FALSE(place_.open().try_lock_container(id));
  lock->reset();
  EXPECT_TRUE(place_.open().try_lock_container(id));
  store.remove_container(id);
  EXPECT_THROW(store.try_lock_container(id), Error);
  EXPECT_EQ(place_.leftovers(), "");
}

TEST_P(ContainersTest, AVolumeInTheMakingGoesWithItsContainer) {
  Store store = place_.open();
  {
    const Store::NewContainer made = store.create_container("web", GetParam());
    store.create_anonymous_volume(made.id());
    EXPECT_EQ(place_.complaints(), "");
  }
  EXPECT_TRUE(store.list_volumes().empty());
  std::string id;
  {
    Store::NewContainer made = store.create_container("web", GetParam());
    store.create_anonymous_volume(made.id());
    made.commit(row());
    made.release();
    id = made.id();
  }
  EXPECT_EQ(place_.complaints(), "");
  store.remove_container(id);
  EXPECT_EQ(store.list_volumes().size(), GetParam() ? 0u : 1u);  // as docker's rm without -v
  EXPECT_EQ(list_dir(AT_FDCWD, place_.root("volumes")).size(), GetParam() ? 0u : 1u);
  EXPECT_EQ(place_.complaints(), "");
}

TEST_P(ContainersTest, ARebootKeepsDurableOnesAndTheirNames) {
  std::string id;
  {
    Store store = place_.open();
    Store::NewContainer made = store.create_container("web", GetParam());
    store.create_anonymous_volume(made.id());
    made.commit(row());
    made.release();
    id = made.id();
  }
  write_file(AT_FDCWD, place_.run_root("boot"), "another boot");
  write_file(AT_FDCWD, place_.run_root("minidock.db"), "torn by the power cut");
  Store store = place_.open();
  EXPECT_EQ(store.find_container("web").has_value(), !GetParam());
  EXPECT_EQ(store.list_volumes().size(), GetParam() ? 0u : 1u);
  if (GetParam()) {
    EXPECT_EQ(place_.leftovers(), "");
    make(store, "web");
  } else {
    EXPECT_THROW(store.create_container("web", true), Error);
    EXPECT_TRUE(store.try_lock_container(id));  // its run directory is made again
  }
  EXPECT_EQ(place_.complaints(), "");
}

INSTANTIATE_TEST_SUITE_P(BothKinds, ContainersTest, ::testing::Bool(),
                         [](const auto& kind) { return kind.param ? "Ephemeral" : "Durable"; });

}  // namespace
}  // namespace minidock::store
