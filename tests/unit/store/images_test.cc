#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_image.h"

namespace minidock::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ImagesTest : public ::testing::Test {
 protected:
  ImageRow image(const std::string& reference) {
    return make_image(place_.location(), "blob of " + reference, reference);
  }
  // A container of `image`; stays until removed.
  std::string container(Store& store, const ImageRow& image, bool ephemeral) {
    Store::NewContainer made = store.create_container("", ephemeral);
    ContainerRow row;
    row.image = image.id;
    made.commit(row);
    made.release();
    return made.id();
  }
  template <typename Call>
  std::string failure(ErrorKind kind, Call call) {
    try {
      call();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return "";
  }
  TemporaryStore place_;
};

TEST_F(ImagesTest, FoundByNameIdAndPrefix) {
  const ImageRow row = image("ubuntu");
  Store store = place_.open();
  for (const std::string& word :
       {std::string("ubuntu"), std::string("ubuntu:latest"), std::string("docker.io/library/ubuntu"), row.id.hex(),
        row.id.text(), row.id.hex().substr(0, 7), "sha256:" + row.id.hex().substr(0, 12), "ubuntu@" + row.id.text()}) {
    const std::optional<ImageRow> found = store.find_image(word);
    ASSERT_TRUE(found) << word;
    EXPECT_EQ(found->id, row.id);
    EXPECT_EQ(found->size, 100u);
    EXPECT_THAT(found->tags, ElementsAre("docker.io/library/ubuntu:latest"));
  }
  for (const std::string& word : {std::string("debian"), std::string("ubuntu:24.04"), std::string("UPPER"),
                                  std::string(""), "debian@" + row.id.text(), std::string(64, '0')}) {
    EXPECT_FALSE(store.find_image(word)) << word;
  }
  EXPECT_THAT(failure(ErrorKind::not_found, [&] { store.load_image("ubunto"); }),
              ::testing::StrEq("No such image: ubunto:latest; did you mean ubuntu:latest?"));
}

TEST_F(ImagesTest, AShortPrefixMayBeAmbiguous) {
  std::string letters;
  for (int number = 0; number < 17; ++number) image(cat("image", number));  // two of 17 begin alike
  Store store = place_.open();
  int ambiguous = 0;
  for (const char letter : std::string("0123456789abcdef")) {
    try {
      store.find_image(std::string(1, letter));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid);
      ++ambiguous;
    }
  }
  EXPECT_GT(ambiguous, 0);
}

TEST_F(ImagesTest, TaggingMovesATag) {
  const ImageRow one = image("one"), two = image("two");
  Store store = place_.open();
  store.tag_image(one.id, oci::parse_reference("app:1"));
  store.tag_image(two.id, oci::parse_reference("app:1"));
  EXPECT_EQ(store.load_image("app:1").id, two.id);
  EXPECT_THAT(store.load_image("one").tags, ElementsAre("docker.io/library/one:latest"));
  failure(ErrorKind::not_found,
          [&] { store.tag_image(oci::ImageId{oci::sha256("none")}, oci::parse_reference("x:1")); });
}

TEST_F(ImagesTest, RemovingTheLastNameRemovesTheImage) {
  const ImageRow row = image("ubuntu");
  Store store = place_.open();
  store.tag_image(row.id, oci::parse_reference("app:1"));
  EXPECT_THAT(store.remove_image("ubuntu", false), ElementsAre("Untagged: ubuntu:latest"));
  EXPECT_THAT(store.remove_image("app:1", false),
              ElementsAre("Untagged: app:1", "Deleted: " + row.id.text(), "Deleted: " + row.layers[0].text()));
  EXPECT_TRUE(store.list_images().empty());
  EXPECT_TRUE(list_dir(AT_FDCWD, place_.root("layers")).empty());
  EXPECT_TRUE(list_dir(AT_FDCWD, place_.root("blobs/sha256")).empty());
  EXPECT_EQ(place_.leftovers(), "");
  EXPECT_EQ(place_.complaints(), "");
}

TEST_F(ImagesTest, AnIdOfSeveralNamesMustBeForced) {
  const ImageRow row = image("ubuntu");
  Store store = place_.open();
  store.tag_image(row.id, oci::parse_reference("app:1"));
  const std::string short_id = row.id.digest.short_hex();
  EXPECT_EQ(
      failure(ErrorKind::in_use, [&] { store.remove_image(short_id, false); }),
      "conflict: unable to delete " + short_id + " (must be forced) - image is referenced in multiple repositories");
  EXPECT_THAT(store.remove_image(short_id, true),
              ElementsAre("Untagged: app:1", "Untagged: ubuntu:latest", "Deleted: " + row.id.text(),
                          "Deleted: " + row.layers[0].text()));
}

TEST_F(ImagesTest, AContainerKeepsItsImage) {
  for (const bool ephemeral : {false, true}) {
    const ImageRow row = image("ubuntu");
    Store store = place_.open();
    const std::string id = container(store, row, ephemeral);
    EXPECT_EQ(failure(ErrorKind::in_use, [&] { store.remove_image("ubuntu", false); }),
              "conflict: unable to remove repository reference \"ubuntu\" (must force) - container " +
                  id.substr(0, 12) + " is using its referenced image " + row.id.digest.short_hex());
    EXPECT_EQ(failure(ErrorKind::in_use, [&] { store.remove_image(row.id.hex(), false); }),
              "conflict: unable to delete " + row.id.digest.short_hex() +
                  " (must be forced) - image is being used by stopped container " + id.substr(0, 12));
    EXPECT_THAT(store.remove_image("ubuntu", true), ElementsAre("Untagged: ubuntu:latest"));
    EXPECT_TRUE(store.find_image(row.id.hex()));  // the container can still start
    store.remove_container(id);
    EXPECT_THAT(store.remove_image(row.id.hex(), false),
                ElementsAre("Deleted: " + row.id.text(), "Deleted: " + row.layers[0].text()));
  }
}

TEST_F(ImagesTest, ARunningContainersImageCannotBeForced) {
  const ImageRow row = image("ubuntu");
  Store store = place_.open();
  const std::string id = container(store, row, true);
  const std::optional<Fd> lock = store.try_lock_container(id);  // as its monitor would
  ASSERT_TRUE(lock);
  EXPECT_THAT(failure(ErrorKind::in_use, [&] { store.remove_image("ubuntu", true); }),
              HasSubstr("(cannot be forced) - image is being used by running container " + id.substr(0, 12)));
  EXPECT_THAT(store.load_image("ubuntu").tags, ElementsAre("docker.io/library/ubuntu:latest"));
}

TEST_F(ImagesTest, ALayerOfTwoImagesStays) {
  const ImageRow one = make_image(place_.location(), "same", "one");
  make_image(place_.location(), "same", "two");
  Store store = place_.open();
  EXPECT_THAT(store.remove_image("one", false), ElementsAre("Untagged: one:latest", "Deleted: " + one.id.text()));
  EXPECT_EQ(store.layer_directories(store.load_image("two")),
            std::vector<std::string>{place_.root("layers/" + one.layers[0].hex() + "/diff")});
  EXPECT_EQ(place_.complaints(), "");
}

}  // namespace
}  // namespace minidock::store
