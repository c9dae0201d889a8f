// Compressed blobs that a pull keeps beside their layers' tars: there as long as the layer, told of where they are not
// what their rows say, and never in the way of anything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "store/kept_blobs.h"
#include "support/import_tar.h"
#include "support/remote_image.h"

namespace minidock::store {
namespace {

using ::testing::HasSubstr;

class KeptBlobs : public ::testing::TestWithParam<std::string> {
 protected:
  KeptBlobs() : place_("/tmp", GetParam()) {}

  void SetUp() override {
    try {
      place_.open();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unsupported) throw;
      GTEST_SKIP() << error.what();
    }
  }

  // Not the same length as the tar, and compressed in another way than minidock's own.
  RemoteImage gzip_image() const { return remote_image(place_, tar_, gzipped(tar_, 1), oci::media::kGzipLayer); }
  std::string kept_at(const RemoteImage& remote) const { return place_.root(kept_path(remote.layer.hex())); }
  std::string kept_text(const RemoteImage& remote) const {
    const std::optional<KeptBlob> kept = place_.open().find_kept_blob(remote.layer);
    return kept ? read_fd(kept->file.get(), 16 << 20) : "none";
  }
  std::vector<Problem> check(const CheckOptions& options) const { return place_.open().check(options); }

  const std::string tar_ = TarBuilder().directory("bin").file("bin/f", std::string(300'000, 'x')).finish();
  TemporaryStore place_;
};
INSTANTIATE_TEST_SUITE_P(Drivers, KeptBlobs, ::testing::Values("overlay", "erofs"),
                         [](const auto& tested) { return tested.param; });

TEST_P(KeptBlobs, AreThereAsLongAsTheirLayer) {
  const RemoteImage remote = gzip_image();
  Store store = place_.open();
  const LoadedImage loaded = store.pull(remote.request);
  const std::optional<KeptBlob> kept = store.find_kept_blob(remote.layer);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->blob.digest, oci::sha256(remote.blob));
  EXPECT_EQ(kept->blob.size, remote.blob.size());
  EXPECT_EQ(kept->blob.media_type, oci::media::kGzipLayer);
  EXPECT_EQ(kept_text(remote), remote.blob);
  EXPECT_EQ(store.list_layers().at(0).kept_bytes, remote.blob.size());
  // It is no repository's.
  const std::vector<RegistryLayer> forms = store.list_layer_forms(remote.layer);
  ASSERT_EQ(forms.size(), 1u);
  EXPECT_EQ(forms[0].repository, "registry.example/one");
  EXPECT_EQ(place_.leftovers(), "");
  EXPECT_EQ(place_.complaints(true), "");
  store.remove_image(loaded.id.text(), true);
  EXPECT_FALSE(store.find_kept_blob(remote.layer));
  EXPECT_TRUE(list_dir(AT_FDCWD, place_.root("layers")).empty());
  EXPECT_EQ(place_.leftovers(), "");
  EXPECT_EQ(place_.complaints(), "");
}

TEST_P(KeptBlobs, OnlyWhereItIsAskedForAndWorthIt) {
  RemoteImage remote = gzip_image();
  remote.request.keep_blobs = false;
  Store store = place_.open();
  const LoadedImage loaded = store.pull(remote.request);
  EXPECT_FALSE(store.find_kept_blob(remote.layer));
  EXPECT_EQ(store.list_layers().at(0).kept_bytes, 0u);
  // What is here is not fetched again for its sake.
  remote.request.keep_blobs = true;
  store.pull(remote.request);
  EXPECT_FALSE(store.find_kept_blob(remote.layer));
  store.remove_image(loaded.id.text(), true);
  // The tar itself; a kind that nobody knows; one that may not be handed on.
  RemoteImage plain = remote_image(place_, tar_, tar_, oci::media::kLayer);
  RemoteImage strange = remote_image(place_, tar_, gzipped(tar_), "application/vnd.example.layer");
  RemoteImage foreign = gzip_image();
  foreign.request.layers[0].urls = {"https://example.com/layer"};
  for (const RemoteImage* one : {&plain, &strange, &foreign}) {
    const LoadedImage image = store.pull(one->request);
    EXPECT_FALSE(store.find_kept_blob(one->layer)) << one->request.layers[0].media_type;
    EXPECT_EQ(place_.complaints(true), "");
    store.remove_image(image.id.text(), true);
  }
}

TEST_P(KeptBlobs, AnotherDigestKeepsNothing) {
  RemoteImage remote = gzip_image();
  remote.request.layers[0].digest = oci::sha256("another");
  Store store = place_.open();
  EXPECT_THROW(store.pull(remote.request), Error);
  EXPECT_TRUE(list_dir(AT_FDCWD, place_.root("layers")).empty());
  EXPECT_EQ(place_.leftovers(), "");
  EXPECT_EQ(place_.complaints(), "");
}

// Two pulls at the same time have the layer in two forms: what is kept is what the first one made the layer of.
TEST_P(KeptBlobs, TheFirstOfTwoCounts) {
  const RemoteImage first = remote_image(place_, tar_, zstd_packed(tar_), oci::media::kZstdLayer);
  RemoteImage second = gzip_image();
  second.request.open = [&, open = second.request.open](size_t layer) {
    place_.open().pull(first.request);
    return open(layer);
  };
  Store store = place_.open();
  store.pull(second.request);
  EXPECT_EQ(kept_text(second), first.blob);
  EXPECT_EQ(store.find_kept_blob(second.layer)->blob.media_type, oci::media::kZstdLayer);
  EXPECT_EQ(place_.leftovers(), "");
  EXPECT_EQ(place_.complaints(true), "");
}

TEST_P(KeptBlobs, CheckFindsWhatIsWrongAndLetsGoOfIt) {
  const RemoteImage remote = gzip_image();
  const auto is_let_go_of = [&](const std::string& problem, bool deep) {
    EXPECT_EQ(place_.complaints(deep), problem + "\n");
    const std::vector<Problem> found = check({.deep = deep, .repair = true});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_TRUE(found[0].repaired);
    EXPECT_FALSE(place_.open().find_kept_blob(remote.layer));
    EXPECT_FALSE(exists_at(AT_FDCWD, kept_at(remote)));
    EXPECT_EQ(place_.complaints(true), "");
    EXPECT_EQ(place_.leftovers(), "");
    Store store = place_.open();
    EXPECT_EQ(store.list_layer_forms(remote.layer).size(), 1u);  // what its repository has is known all the same
    store.remove_image("registry.example/one", false);
  };
  const std::string path = kept_path(remote.layer.hex());
  place_.open().pull(remote.request);
  discard_file(AT_FDCWD, kept_at(remote));
  EXPECT_FALSE(place_.open().find_kept_blob(remote.layer));
  is_let_go_of(cat("orphan row layer ", remote.layer.text(), ": ", path, " is missing"), false);

  place_.open().pull(remote.request);
  write_file(AT_FDCWD, kept_at(remote), "short");
  is_let_go_of(cat("damaged blob ", path, ": has 5 bytes, should have ", remote.blob.size()), false);

  place_.open().pull(remote.request);
  std::string damaged = remote.blob;
  damaged[damaged.size() / 2] ^= 1;
  write_file(AT_FDCWD, kept_at(remote), damaged);
  EXPECT_EQ(place_.complaints(false), "");
  is_let_go_of(cat("damaged blob ", path, ": its SHA-256 differs"), true);
}

TEST_P(KeptBlobs, AFileWithoutARowIsGarbage) {
  RemoteImage remote = gzip_image();
  remote.request.keep_blobs = false;
  place_.open().pull(remote.request);
  write_file(AT_FDCWD, kept_at(remote), "x");
  const std::string id = random_hex(32);
  make_dir(AT_FDCWD, place_.root("layers/" + id), 0700);
  write_file(AT_FDCWD, place_.root("layers/" + id + "/" + kKeptFile), "x");
  const std::vector<Problem> found = check({});
  std::vector<std::string> objects;
  for (const Problem& problem : found) {
    EXPECT_TRUE(problem.garbage) << problem.object;
    objects.push_back(problem.object);
  }
  // The second is garbage as a whole, and said to be so once.
  EXPECT_THAT(objects, ::testing::UnorderedElementsAre(kept_path(remote.layer.hex()), "layers/" + id));
  place_.open();  // sweeps
  EXPECT_FALSE(exists_at(AT_FDCWD, kept_at(remote)));
  EXPECT_EQ(place_.complaints(true), "");
  EXPECT_EQ(place_.leftovers(), "");
}

TEST_P(KeptBlobs, StayWhenTheDriverChangesAndALayerIsRepaired) {
  if (GetParam() == "overlay") {
    try {
      TemporaryStore("/tmp", "erofs").open();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unsupported) throw;
      GTEST_SKIP() << error.what();
    }
  }
  const RemoteImage remote = gzip_image();
  place_.open().pull(remote.request);
  discard_file(AT_FDCWD, place_.root(layer_path(remote.layer.hex()) + "/layer.json"));
  EXPECT_EQ(check({.repair = true}).size(), 1u);
  EXPECT_EQ(kept_text(remote), remote.blob);
  place_.open().migrate("", {});
  Location any = place_.location();
  any.driver.clear();
  Store store = Store::open(any);
  const std::optional<KeptBlob> kept = store.find_kept_blob(remote.layer);
  ASSERT_TRUE(kept);
  EXPECT_EQ(read_fd(kept->file.get(), 16 << 20), remote.blob);
  EXPECT_TRUE(store.check({.deep = true}).empty());
}

TEST_P(KeptBlobs, NobodyGetsTheWholeOfADamagedOne) {
  const RemoteImage remote = gzip_image();
  place_.open().pull(remote.request);
  const auto read_all = [&](std::string& text) {
    const std::optional<KeptBlob> kept = place_.open().find_kept_blob(remote.layer);
    KeptBlobReader reader(*kept);
    char piece[100];
    while (const size_t got = reader.read(piece, sizeof piece)) text.append(piece, got);
    EXPECT_EQ(reader.used(), text.size());
  };
  std::string text;
  read_all(text);
  EXPECT_EQ(text, remote.blob);
  std::string damaged = remote.blob;
  damaged[0] ^= 1;
  for (const std::string& content : {damaged, remote.blob.substr(0, remote.blob.size() - 1), std::string()}) {
    write_file(AT_FDCWD, kept_at(remote), content);
    text.clear();
    try {
      read_all(text);
      ADD_FAILURE() << "no error with " << content.size() << " bytes";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::corrupt);
      EXPECT_THAT(error.what(), HasSubstr("system check --deep --repair"));
    }
    EXPECT_LT(text.size(), remote.blob.size());
  }
}

}  // namespace
}  // namespace minidock::store
