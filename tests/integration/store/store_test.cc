// The store's main job on real archives, alone and with others at once. Root: archives are unpacked in a jail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "linux/detached_mount.h"
#include "store/archive/layer_index.h"
#include "support/children.h"
#include "support/fake_image.h"
#include "support/import_tar.h"
#include "support/tar_builder.h"

namespace minidock::store {
namespace {

// Why no such store can be made here; "" where one can.
std::string reason_against(const TemporaryStore& place) {
  try {
    place.open();
    return "";
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unsupported) throw;
    return error.what();
  }
}

class StoreTest : public ::testing::Test {
 protected:
  explicit StoreTest(const std::string& driver = "overlay") : place_("/tmp", driver) { write_test_tar(tar_); }
  TemporaryStore place_;
  const std::string tar_ = place_.top() + "/image.tar";
  // What there is of images: "" where there is none.
  std::string list_tree_names() const {
    std::string text;
    for (const std::string& path :
         {place_.root("layers"), place_.root("blobs/sha256"), place_.root("images"), place_.run_root("images")}) {
      if (!exists_at(AT_FDCWD, path)) continue;
      for (const std::string& name : list_dir(AT_FDCWD, path)) text += cat(path, "/", name, "\n");
    }
    return text;
  }
};

// What both drivers owe.
class StoreContract : public StoreTest, public ::testing::WithParamInterface<std::string> {
 protected:
  StoreContract() : StoreTest(GetParam()) {}
  void SetUp() override {
    if (const std::string reason = reason_against(place_); !reason.empty()) GTEST_SKIP() << reason;
  }
};
INSTANTIATE_TEST_SUITE_P(Drivers, StoreContract, ::testing::Values("overlay", "erofs"),
                         [](const auto& tested) { return tested.param; });

TEST_P(StoreContract, ImportsAndImportsAgain) {
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
  const std::string top = store.open_layers(image).at(0);
  EXPECT_EQ(store.open_layers(image), store.layer_directories(image));
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

TEST_P(StoreContract, ABrokenArchiveLeavesNothing) {
  const std::string whole = read_file(AT_FDCWD, tar_);
  for (const size_t size : {size_t{0}, size_t{100}, size_t{700}, size_t{30'000}, whole.size() / 2}) {
    write_file(AT_FDCWD, tar_, whole.substr(0, size));
    EXPECT_THROW(import_tar(place_.location(), tar_, "one"), Error) << size;
    EXPECT_EQ(place_.leftovers(), "") << size;
    EXPECT_EQ(place_.complaints(), "") << size;
  }
}

TEST_P(StoreContract, ParallelImportsOfOneTarMakeOneLayer) {
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

TEST_P(StoreContract, LayersUponLayers) {
  import_tar(place_.location(), tar_, "one");
  Store store = place_.open();
  write_file(AT_FDCWD, tar_, TarBuilder().file("bin/.wh.f1").file("bin/f2", "new").file("etc/added", "x").finish());
  const Fd archive = open_file(AT_FDCWD, tar_, O_RDONLY);
  ImportRequest request{archive.get(), "image.tar", oci::parse_reference("two")};
  request.parents = store.load_image("one").layers;
  store.import(request);
  const Fd shown = linux::make_overlay({.lowers = store.open_layers(store.load_image("two"))});
  EXPECT_FALSE(exists_at(shown.get(), "bin/f1"));
  EXPECT_EQ(read_file(shown.get(), "bin/f2"), "new");
  EXPECT_EQ(read_file(shown.get(), "bin/f3"), std::string(50'000, 'd'));
  EXPECT_EQ(read_file(shown.get(), "etc/added"), "x");
  EXPECT_EQ(place_.complaints(true), "");
  // The image below goes first; the one above keeps its layers.
  store.remove_image("one", false);
  EXPECT_EQ(read_file(shown.get(), "bin/f3"), std::string(50'000, 'd'));
  EXPECT_EQ(place_.complaints(true), "");
}

// Upon the image "one", the tar at `path`.
void import_upon_one(Store& store, const std::string& path, const std::string& name) {
  const Fd archive = open_file(AT_FDCWD, path, O_RDONLY);
  ImportRequest request{archive.get(), "image.tar", oci::parse_reference(name)};
  request.parents = store.load_image("one").layers;
  store.import(request);
}

void load_file(Store& store, const std::string& path) {
  const Fd archive = open_file(AT_FDCWD, path, O_RDONLY);
  LoadRequest request;
  request.fd = archive.get();
  request.loaded = [](const LoadedImage&) {};
  store.load(request);
}

// With the layers' root hidden by the third, and with the index of each.
TEST_P(StoreContract, SavesAndLoads) {
  import_tar(place_.location(), tar_, "one");
  const std::string upper = place_.top() + "/upper.tar", saved = place_.top() + "/saved.tar";
  Store store = place_.open();
  write_file(AT_FDCWD, upper, TarBuilder().file("bin/.wh.f1").file("bin/f2", "new").hardlink("l", "bin/f2").finish());
  import_upon_one(store, upper, "two");
  write_file(AT_FDCWD, upper, TarBuilder().file(".wh..wh..opq").file(".wh.bin").file("only", "x").finish());
  import_upon_one(store, upper, "three");
  {
    const Fd out = open_file(AT_FDCWD, saved, O_WRONLY | O_CREAT, 0600);
    store.save({{store.load_image("two").id, {oci::parse_reference("two")}},
                {store.load_image("three").id, {oci::parse_reference("three")}}},
               out.get());
  }
  for (const char* name : {"one", "two", "three"}) store.remove_image(name, false);
  EXPECT_EQ(list_tree_names(), "");
  load_file(store, saved);
  EXPECT_EQ(place_.complaints(true), "");
  const ImageRow two = store.load_image("two");
  const Fd shown = linux::make_overlay({.lowers = store.open_layers(two)});
  EXPECT_FALSE(exists_at(shown.get(), "bin/f1"));
  EXPECT_EQ(read_file(shown.get(), "l"), "new");
  const Fd third = linux::make_overlay({.lowers = store.open_layers(store.load_image("three"))});
  EXPECT_THAT(list_dir(third.get()), ::testing::ElementsAre("only"));
  std::string index;
  store.read_layer(two.layers[1], [&](const IndexEntry& entry) {
    index += cat(entry.path, S_ISCHR(entry.mode) ? " removed" : "", entry.link > 0 ? " linked" : "",
                 entry.sha256 == oci::sha256("new") ? " new" : "", "\n");
  });
  EXPECT_EQ(index, "bin\nbin/f1 removed\nbin/f2 linked new\nl linked new\n");
}

// A layer has one form, whoever took it in: lowest it hides nothing and its whiteouts are not seen, above others it
// hides.
TEST_P(StoreContract, OneLayerAtEveryPlace) {
  import_tar(place_.location(), tar_, "one");
  const std::string upper = place_.top() + "/upper.tar", saved = place_.top() + "/saved.tar";
  const std::string empty = place_.top() + "/empty";
  make_dir(AT_FDCWD, empty, 0755);
  Store store = place_.open();
  TarBuilder tar;
  tar.file("bin/.wh.f1").file("bin/own").file("bin/.wh.own").file("only/.wh.x").file("only/y").file(".wh.gone");
  write_file(AT_FDCWD, upper, tar.finish());
  import_upon_one(store, upper, "two");
  {
    const Fd out = open_file(AT_FDCWD, saved, O_WRONLY | O_CREAT, 0600);
    store.save({{store.load_image("two").id, {oci::parse_reference("two")}}}, out.get());
  }
  const auto as_base_first = [&] {
    import_tar(place_.location(), upper, "base");
    load_file(store, saved);
  };
  const auto as_base_last = [&] {
    load_file(store, saved);
    import_tar(place_.location(), upper, "base");
  };
  for (const std::function<void()>& take_in : std::vector<std::function<void()>>{as_base_first, as_base_last}) {
    store.remove_image("two", false);
    take_in();
    EXPECT_EQ(place_.complaints(true), "");
    const Fd two = linux::make_overlay({.lowers = store.open_layers(store.load_image("two"))});
    EXPECT_FALSE(exists_at(two.get(), "bin/f1"));
    EXPECT_TRUE(exists_at(two.get(), "bin/own"));
    std::vector<std::string> lowers = store.open_layers(store.load_image("base"));
    lowers.push_back(empty);
    const Fd base = linux::make_overlay({.lowers = lowers});
    EXPECT_THAT(list_dir(base.get()), ::testing::ElementsAre("bin", "only"));
    EXPECT_THAT(list_dir(base.get(), "bin"), ::testing::ElementsAre("own"));
    EXPECT_THAT(list_dir(base.get(), "only"), ::testing::ElementsAre("y"));
    store.remove_image("base", false);
  }
}

TEST_P(StoreContract, RemovalTakesAllAway) {
  import_tar(place_.location(), tar_, "one");
  Store store = place_.open();
  store.open_layers(store.load_image("one"));
  store.remove_image("one", false);
  EXPECT_EQ(list_tree_names(), "");
  EXPECT_EQ(place_.complaints(true), "");
}

class ErofsStore : public StoreTest {
 protected:
  ErofsStore() : StoreTest("erofs") {}
  void SetUp() override {
    if (const std::string reason = reason_against(place_); !reason.empty()) GTEST_SKIP() << reason;
  }
  std::string open_image() {
    Store store = place_.open();
    return store.open_layers(store.load_image("one")).at(0);
  }
};

TEST_F(ErofsStore, IsMountedOnceAndByWhoeverFindsItGone) {
  import_tar(place_.location(), tar_, "one");
  std::vector<pid_t> children;
  for (int number = 0; number < 6; ++number) children.push_back(start_child([&] { open_image(); }));
  for (const pid_t child : children) EXPECT_EQ(wait_for(child), 0);
  const std::string mount = open_image();
  ASSERT_TRUE(linux::is_mount_point(mount));
  EXPECT_TRUE(linux::try_unmount(mount, false));
  EXPECT_FALSE(linux::is_mount_point(mount)) << "it was mounted twice";
  EXPECT_EQ(open_image(), mount);
  EXPECT_TRUE(exists_at(AT_FDCWD, mount + "/bin/f1"));
}

TEST_F(ErofsStore, ALostImageFileIsMadeAgain) {
  import_tar(place_.location(), tar_, "one");
  const std::string name = list_dir(AT_FDCWD, place_.root("images")).at(0);
  const std::string before = read_file(AT_FDCWD, place_.root("images/" + name));
  remove_file(AT_FDCWD, place_.root("images/" + name));
  EXPECT_EQ(place_.complaints(true), "");
  open_image();
  EXPECT_EQ(read_file(AT_FDCWD, place_.root("images/" + name)), before);
}

TEST_F(ErofsStore, CheckFindsDamageAndWhatIsNobodys) {
  import_tar(place_.location(), tar_, "one");
  const std::string image = place_.root("images/" + list_dir(AT_FDCWD, place_.root("images")).at(0));
  const std::string layer = place_.root("layers/" + list_dir(AT_FDCWD, place_.root("layers")).at(0)) + "/tree";
  const auto damage = [](const std::string& path) {
    std::string bytes = read_file(AT_FDCWD, path);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    write_file(AT_FDCWD, path, bytes);
  };
  damage(image);
  EXPECT_THAT(place_.complaints(true), ::testing::HasSubstr("it does not say what its layers say"));
  remove_file(AT_FDCWD, image);
  damage(layer);
  EXPECT_THAT(place_.complaints(true), ::testing::HasSubstr("damaged layer layers/"));
  EXPECT_THROW(open_image(), Error);
  damage(layer);  // as it was
  open_image();
  const std::string other(64, 'a');
  write_file(AT_FDCWD, place_.root("images/" + other + ".erofs"), "x");
  make_dir(AT_FDCWD, place_.run_root("images/" + other), 0700);
  const std::string found = place_.complaints();
  EXPECT_THAT(found, ::testing::HasSubstr("orphan file images/" + other + ".erofs"));
  EXPECT_THAT(found, ::testing::HasSubstr("orphan file images/" + other + ": "));
  EXPECT_EQ(place_.complaints(), "");
  EXPECT_FALSE(exists_at(AT_FDCWD, place_.run_root("images/" + other)));
}

TEST_F(ErofsStore, AStoreKeepsItsDriver) {
  import_tar(place_.location(), tar_, "one");
  Location location = place_.location();
  location.driver = "overlay";
  EXPECT_THROW(Store::open(location), Error);
  location.driver = "zfs";
  EXPECT_THROW(Store::open(location), Error);
  location.driver = "";
  EXPECT_EQ(Store::open(location).driver_name(), "erofs");
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
