// The store's main job on real archives, alone and with others at once. Root: archives are unpacked in a jail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/children.h"
#include "support/fake_image.h"
#include "support/import_tar.h"

namespace minidock::store {
namespace {

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() : place_("/tmp") { write_test_tar(tar_); }
  TemporaryStore place_;
  const std::string tar_ = place_.top() + "/image.tar";
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

}  // namespace
}  // namespace minidock::store
