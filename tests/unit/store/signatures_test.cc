#include "store/signatures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/random.h"
#include "support/fake_image.h"
#include "support/refusal.h"

namespace minidock::store {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class SignaturesTest : public ::testing::Test {
 protected:
  SignaturesTest() : image_(make_image(place_.location(), "blob", "ubuntu")) {}

  static oci::ImageSignature signature(const oci::ImageId& image, int number) {
    std::array<uint8_t, 32> seed{};
    seed[0] = static_cast<uint8_t>(number);
    return oci::sign({image, "docker.io/library/ubuntu"}, oci::PrivateKey(seed));
  }
  oci::ImageSignature ours(int number) const { return signature(image_.id, number); }
  std::string directory() const { return place_.root(signatures_path(image_.id.hex())); }
  std::vector<std::string> files() const { return list_dir(AT_FDCWD, directory()); }

  TemporaryStore place_;
  ImageRow image_;
};

TEST_F(SignaturesTest, AreKeptOnceEach) {
  Store store = place_.open();
  EXPECT_THAT(store.signatures(image_.id), IsEmpty());
  EXPECT_FALSE(exists_at(AT_FDCWD, place_.root("signatures")));  // as long as nothing is signed
  store.add_signatures(image_.id, {});
  EXPECT_FALSE(exists_at(AT_FDCWD, place_.root("signatures")));
  store.add_signatures(image_.id, {ours(1), ours(2)});
  store.add_signatures(image_.id, {ours(2), ours(3), ours(3)});
  std::vector<oci::ImageSignature> found = store.signatures(image_.id);
  ASSERT_EQ(found.size(), 3U);
  for (const int number : {1, 2, 3}) EXPECT_NE(std::find(found.begin(), found.end(), ours(number)), found.end());
  EXPECT_THAT(files(), testing::Contains(oci::sha256(oci::to_json(ours(1))).hex() + ".json"));
  EXPECT_EQ(place_.leftovers(), "");
  EXPECT_EQ(place_.complaints(), "");
}

TEST_F(SignaturesTest, BelongToAnImageThatIsHere) {
  Store store = place_.open();
  const oci::ImageId other{oci::sha256("other")};
  EXPECT_THAT(refusal_of([&] { store.add_signatures(other, {signature(other, 1)}); }), HasSubstr("No such image"));
  EXPECT_THAT(refusal_of([&] {
                store.add_signatures(image_.id, {ours(1), signature(other, 1)});
              }),
              HasSubstr("the signature is of image " + other.text()));
  EXPECT_THAT(store.signatures(image_.id), IsEmpty());
  EXPECT_FALSE(exists_at(AT_FDCWD, place_.root("signatures")));
}

TEST_F(SignaturesTest, AreNotTooMany) {
  Store store = place_.open();
  std::vector<oci::ImageSignature> many;
  for (int number = 0; number < 64; ++number) many.push_back(ours(number));
  store.add_signatures(image_.id, many);
  store.add_signatures(image_.id, {ours(5)});  // here already
  EXPECT_THAT(refusal_of([&] { store.add_signatures(image_.id, {ours(64)}); }),
              HasSubstr("would have 65 signatures; 64 are the most"));
  EXPECT_EQ(files().size(), 64U);
  // Planted ones are not even read.
  for (int number = 64; number < 80; ++number) {
    const std::string text = oci::to_json(ours(number));
    write_file(AT_FDCWD, directory() + "/" + oci::sha256(text).hex() + ".json", text);
  }
  EXPECT_EQ(store.signatures(image_.id).size(), 64U);
}

TEST_F(SignaturesTest, GoWithTheImage) {
  Store store = place_.open();
  store.add_signatures(image_.id, {ours(1)});
  store.tag_image(image_.id, oci::parse_reference("second"));
  store.remove_image("ubuntu", false);
  EXPECT_EQ(files().size(), 1U);  // it has a name still
  store.remove_image("second", false);
  EXPECT_FALSE(exists_at(AT_FDCWD, directory()));
  EXPECT_EQ(place_.leftovers(), "");
  EXPECT_EQ(place_.complaints(), "");
}

TEST_F(SignaturesTest, DamagedOnesAreFoundAndPassedOver) {
  {
    Store store = place_.open();
    store.add_signatures(image_.id, {ours(1), ours(2)});
  }
  const std::string whole = oci::sha256(oci::to_json(ours(1))).hex() + ".json";
  const std::string damaged = oci::sha256(oci::to_json(ours(2))).hex() + ".json";
  write_file(AT_FDCWD, directory() + "/" + damaged, oci::to_json(ours(3)));
  write_file(AT_FDCWD, directory() + "/note.txt", "x");
  write_file(AT_FDCWD, directory() + "/big.json", std::string(100000, 'x'));
  mkfifo((directory() + "/fifo.json").c_str(), 0600);
  ASSERT_EQ(symlink(whole.c_str(), (directory() + "/link.json").c_str()), 0);
  const std::vector<oci::ImageSignature> found = place_.open().signatures(image_.id);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0], ours(1));
  const std::string said = place_.complaints();
  for (const std::string& name : {damaged, std::string("note.txt"), std::string("big.json"), std::string("fifo.json"),
                                  std::string("link.json")}) {
    EXPECT_THAT(said, HasSubstr("damaged signature signatures/" + image_.id.hex() + "/" + name));
  }
  EXPECT_THAT(said, HasSubstr("is not what its name says"));
  EXPECT_THAT(said, Not(HasSubstr(whole + ":")));
}

TEST_F(SignaturesTest, OfNoImageAreGarbage) {
  const std::string lost = place_.root(signatures_path(random_hex(32)));
  place_.open().add_signatures(image_.id, {ours(1)});
  make_dir(AT_FDCWD, lost, 0700);
  EXPECT_THAT(place_.complaints(), HasSubstr("orphan file signatures/"));
  place_.open();
  EXPECT_FALSE(exists_at(AT_FDCWD, lost));
  EXPECT_EQ(files().size(), 1U);
  EXPECT_EQ(place_.complaints(), "");
}

TEST_F(SignaturesTest, AnAbandonedRemovalIsEnded) {
  place_.open().add_signatures(image_.id, {ours(1)});
  {
    Rooms rooms(place_.location());
    const Lease lease = Lease::create(rooms.tmp(), LeaseKind::signatures, image_.id.hex());
  }
  place_.open();  // before its commit: the image is there, and so are they
  EXPECT_EQ(files().size(), 1U);
  {
    Rooms rooms(place_.location());
    const Lease lease = Lease::create(rooms.tmp(), LeaseKind::signatures, image_.id.hex());
    Transaction transaction(rooms.root_database());
    rooms.root_database().run("DELETE FROM images");
    transaction.commit();
  }
  place_.open();
  EXPECT_FALSE(exists_at(AT_FDCWD, directory()));
  EXPECT_EQ(place_.leftovers(), "");
}

}  // namespace
}  // namespace minidock::store
