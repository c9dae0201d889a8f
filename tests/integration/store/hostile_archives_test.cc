// The archives of hostile_archives.h, each imported or loaded into a store of either driver as a user would: what is
// refused leaves the store and all around it as it was, what is taken shows what it should and no more.
#include <gtest/gtest.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <map>
#include <random>

#include "linux/detached_mount.h"
#include "linux/erofs_mount.h"
#include "store/state.h"
#include "support/children.h"
#include "support/hostile_archives.h"
#include "support/loop_disk.h"
#include "support/mutant.h"
#include "support/temporary_store.h"
#include "support/unpack_fixture.h"

namespace minidock::store {
namespace {

constexpr int kCases = 93;
constexpr int kNotHere = 79;  // of a store whose users are mapped, which there is not yet

std::string names_below(int parent, const std::string& path, const std::string& prefix = "") {
  std::string names;
  const Fd directory = open_dir(parent, path);
  for (const std::string& name : list_dir(directory.get())) {
    struct stat info;
    // kernel: overlayfs lists marks of removed names in a directory that has nothing below it; they cannot be found.
    if (fstatat(directory.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
    names += cat(' ', prefix, name);
    if (S_ISDIR(info.st_mode)) names += names_below(directory.get(), name, prefix + name + "/");
  }
  return names;
}

std::string octal(mode_t mode) {
  char digits[16];
  snprintf(digits, sizeof digits, "%o", mode & 07777);
  return digits;
}

// What is there, in the words of a Sight; `wanted` tells which of them.
std::string look(const Layer& layer, const std::string& name, const std::string& wanted) {
  const std::string word = wanted.substr(0, wanted.find(' '));
  const struct stat info = layer.info(name);
  if (word == "names") return "names" + names_below(AT_FDCWD, layer.path());
  if (word == "warns") {
    const std::string text = wanted.substr(word.size() + 1);
    return layer.warnings().find(text) == std::string::npos ? layer.warnings() : wanted;
  }
  if (word == "text") return "text " + layer.text(name);
  if (word == "link") return "link " + layer.link(name);
  if (word == "mode") return "mode " + octal(info.st_mode);
  if (word == "owner") return cat("owner ", info.st_uid, ":", info.st_gid);
  if (word == "links") return cat("links ", info.st_nlink);
  if (word == "size") return cat("size ", info.st_size);
  if (word == "time") {
    const std::string nanoseconds = cat(1'000'000'000 + info.st_mtim.tv_nsec).substr(1);
    return cat("time ", info.st_mtim.tv_sec, ".", nanoseconds);
  }
  if (word == "xattr") {
    const std::string key = wanted.substr(word.size() + 1, wanted.find('=') - word.size() - 1);
    return cat("xattr ", key, "=", layer.xattr(name, key));
  }
  if (word == "no") {
    const std::string key = wanted.substr(std::string("no xattr ").size());
    return layer.xattr(name, key) == "(none)" ? wanted : cat("xattr ", key);
  }
  const std::string device = cat(" ", major(info.st_rdev), ":", minor(info.st_rdev));
  if (S_ISBLK(info.st_mode)) return "block" + device;
  if (S_ISCHR(info.st_mode)) return "char" + device;
  if (S_ISFIFO(info.st_mode)) return "fifo";
  return S_ISDIR(info.st_mode) ? "directory" : layer.exists(name) ? "something" : "nothing";
}

// Every row of the store that a user sees, and every file below ROOT by its name, size and content.
std::string state_of(const TemporaryStore& place) {
  Rooms rooms(place.location());
  std::string state;
  for (const char* query :
       {"SELECT diff_id || ' ' || blob_size || ' ' || content_size || ' ' || entries FROM layers ORDER BY 1",
        "SELECT id || ' ' || config FROM images ORDER BY 1",
        "SELECT image || ' ' || layer FROM image_layers ORDER BY 1",
        "SELECT reference || ' ' || image FROM tags ORDER BY 1", "SELECT id FROM containers ORDER BY 1"}) {
    Statement rows = rooms.root_database().prepare(query);
    while (rows.step()) state += rows.text(0) + "\n";
  }
  rooms.close_databases();
  for (const char* directory : {"blobs", "layers", "images", "containers", "volumes", "tmp"}) {
    if (!exists_at(rooms.root(), directory)) continue;
    for (const std::string& name : split(names_below(rooms.root(), directory), ' ')) {
      const std::string path = place.root(directory) + "/" + name;
      struct stat info;
      if (name.empty() || lstat(path.c_str(), &info) != 0) continue;
      state += cat(directory, "/", name, " ", octal(info.st_mode));
      if (S_ISREG(info.st_mode)) state += " " + oci::sha256(read_file(AT_FDCWD, path)).hex();
      state += "\n";
    }
  }
  return state;
}

class Hostile : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    ensure_dir(AT_FDCWD, canary_, 0700);
    write_file(AT_FDCWD, canary_ + "/f", "canary", 0600);
    make_dir(AT_FDCWD, canary_ + "/d", 0700);
    make_dir(AT_FDCWD, stack_, 0700);
    make_dir(AT_FDCWD, nothing_, 0755);
    try {
      place_.open();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unsupported) throw;
      GTEST_SKIP() << error.what();
    }
    import(TarBuilder().directory("etc").file("etc/passwd", "root:x:0:0").finish(), {}, oci::parse_reference("base"));
    before_ = state_of(place_);
    canary_before_ = list_tree(canary_, true);
  }
  static void TearDownTestSuite() {
    int passed = 0;
    for (const auto& [number, good] : verdicts_) passed += good ? 1 : 0;
    printf("%zu cases, both drivers counted: %d passed; %zu archives\n", verdicts_.size(), passed, archives_);
  }

  // The message of the refusal, or "" and what is to be seen of the image in `layer`.
  std::string take_in(const HostileArchive& row, const std::function<void(const Layer&)>& look_at);
  std::string judge(const HostileArchive& row);
  std::string trace() const;
  void count(int number, bool good) {
    bool& verdict = verdicts_.try_emplace({GetParam(), number}, true).first->second;
    verdict = verdict && good;
  }
  ImportResult import(const std::string& bytes, const std::vector<oci::DiffId>& parents = {},
                      const std::optional<oci::Reference>& reference = {});
  void load(const std::string& bytes, std::vector<LoadedImage>& loaded);
  void show(const oci::ImageId& id, const std::vector<std::string>& warnings,
            const std::function<void(const Layer&)>& look_at);
  std::string archive_file(const std::string& bytes) {
    const std::string path = place_.top() + "/archive";
    write_file(AT_FDCWD, path, bytes);
    return path;
  }

  static inline std::map<std::pair<std::string, int>, bool> verdicts_;
  static inline size_t archives_ = 0;
  LoopDisk disk_{1 << 30};
  TemporaryStore place_{disk_.is_mounted() ? disk_.path() : "/var/tmp", GetParam()};
  const std::string canary_ = place_.top() + "/canary", stack_ = place_.top() + "/stack",
                    nothing_ = place_.top() + "/nothing";
  std::string before_, canary_before_;
};

ImportResult Hostile::import(const std::string& bytes, const std::vector<oci::DiffId>& parents,
                             const std::optional<oci::Reference>& reference) {
  const Fd archive = open_file(AT_FDCWD, archive_file(bytes), O_RDONLY);
  ImportRequest request;
  request.fd = archive.get();
  request.source_name = "archive";
  request.parents = parents;
  request.reference = reference;
  return place_.open().import(request);
}

void Hostile::load(const std::string& bytes, std::vector<LoadedImage>& loaded) {
  const Fd archive = open_file(AT_FDCWD, archive_file(bytes), O_RDONLY);
  LoadRequest request;
  request.fd = archive.get();
  request.loaded = [&loaded](const LoadedImage& image) { loaded.push_back(image); };
  place_.open().load(request);
}

// As a container would have it.
void Hostile::show(const oci::ImageId& id, const std::vector<std::string>& warnings,
                   const std::function<void(const Layer&)>& look_at) {
  Store store = place_.open();
  linux::OverlayDirectories overlay;
  overlay.lowers = store.open_layers(store.load_image(id.text()));
  UnpackResult result;
  result.warnings = warnings;
  // overlayfs without an upper directory wants two lower ones.
  if (overlay.lowers.size() == 1) overlay.lowers.push_back(nothing_);
  linux::attach_mount(linux::make_overlay(overlay).get(), stack_);
  look_at(Layer(stack_, result));
  EXPECT_TRUE(linux::try_unmount(stack_, false));
  store.remove_image(id.text(), false);
}

std::string Hostile::take_in(const HostileArchive& row, const std::function<void(const Layer&)>& look_at) {
  std::vector<LoadedImage> loaded;
  std::optional<ImportResult> lower, imported;
  std::string message;
  try {
    if (row.of_images) {
      load(row.bytes(), loaded);
    } else if (row.lower.empty()) {
      imported = import(row.bytes());
    } else {
      lower = import(row.lower);
      imported = import(row.bytes(), place_.open().load_image(lower->id.text()).layers);
    }
  } catch (const Error& error) {
    message = error.what();
  }
  if (imported) show(imported->id, imported->warnings, look_at);
  if (!loaded.empty()) show(loaded[0].id, loaded[0].warnings, look_at);
  if (lower) place_.open().remove_image(lower->id.text(), false);
  return message;
}

// What is not as it was before: "" for nothing.
std::string Hostile::trace() const {
  std::string found;
  if (state_of(place_) != before_) found += "the store has changed: " + state_of(place_) + "\nwas " + before_ + "\n";
  if (list_tree(canary_, true) != canary_before_) found += "the canary has changed\n";
  return found + place_.complaints() + place_.leftovers();
}

// What is wrong, "" for nothing.
std::string Hostile::judge(const HostileArchive& row) {
  std::string wrong;
  const std::string message = take_in(row, [&](const Layer& layer) {
    for (const auto& [name, wanted] : row.sights) {
      const std::string seen = look(layer, name, wanted);
      if (seen != wanted) wrong += cat(printable(name), ": is ", printable(seen), ", not ", printable(wanted), "\n");
    }
    if (!row.refusal.empty()) wrong += "taken\n";
  });
  if (row.refusal.empty() != message.empty()) wrong += "refused: " + message + "\n";
  if (message.find(row.refusal) == std::string::npos) wrong += cat("says ", message, "\nand not ", row.refusal, "\n");
  if (message.find('\n') != std::string::npos) wrong += "says more than a line: " + message + "\n";
  if (message.find("ended without a result") != std::string::npos) wrong += message + "\n";
  return wrong + trace();
}

TEST_P(Hostile, EachIsRefusedOrTaken) {
  for (const HostileArchive& row : all_hostile_archives(canary_)) {
    if (row.only_long && !long_tests()) continue;
    const std::string wrong = judge(row);
    EXPECT_EQ(wrong, "") << "case " << row.number << ": " << row.what;
    count(row.number, wrong.empty());
    ++archives_;
  }
  int missing = 0;
  for (int number = 1; number < kCases; ++number) missing += verdicts_.contains({GetParam(), number}) ? 0 : 1;
  EXPECT_EQ(missing, long_tests() ? 1 : 2);  // kNotHere, and 32, which needs a million entries
}

// Of all of them but the large ones: whatever comes of one, the store is whole.
TEST_P(Hostile, Mutants) {
  constexpr uint64_t kFirst = 20'261'128;
  constexpr size_t kLarge = 100'000;
  HostileArchives rows = all_hostile_archives(canary_);
  std::erase_if(rows, [](const HostileArchive& row) { return row.only_long || row.number == 46 || row.number == 50; });
  const int rounds = rounds_of(60, 2000);
  int refused = 0;
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    std::mt19937_64 random(kFirst + static_cast<uint64_t>(round));
    HostileArchive row = rows[random() % rows.size()];
    const std::string bytes = row.bytes();
    if (bytes.size() > kLarge) continue;
    row.bytes = mutant(bytes, random);
    const std::string message = take_in(row, [](const Layer&) {});
    refused += message.empty() ? 0 : 1;
    const bool odd = message.find('\n') != std::string::npos || message.find("ended without") != std::string::npos;
    EXPECT_EQ(odd ? message : trace(), "") << "round " << round << ", of case " << row.number << ": " << row.what;
  }
  EXPECT_GT(refused, rounds / 4);
}

TEST_P(Hostile, OneTarFromSixteenSides) {
  const std::string path = archive_file(TarBuilder().file("big", std::string(3 << 20, 'b')).finish());
  std::vector<pid_t> children;
  for (int number = 0; number < 16; ++number) {
    children.push_back(start_child([&] {
      const Fd archive = open_file(AT_FDCWD, path, O_RDONLY);
      ImportRequest request;
      request.fd = archive.get();
      request.source_name = "archive";
      request.reference = oci::parse_reference("one");
      place_.open().import(request);
    }));
  }
  bool good = true;
  for (const pid_t child : children) good = wait_for(child) == 0 && good;
  good = good && place_.open().list_layers().size() == 2;  // of the base, and the one
  EXPECT_TRUE(good);
  place_.open().remove_image("one", false);
  EXPECT_EQ(trace(), "");
  count(93, good);
}

TEST_P(Hostile, KilledHalfWay) {
  const std::string path = archive_file(TarBuilder().file("big", std::string(20 << 20, 'b')).finish());
  const pid_t child = start_child([&] {
    const Fd archive = open_file(AT_FDCWD, path, O_RDONLY);
    ImportRequest request;
    request.fd = archive.get();
    request.source_name = "archive";
    request.progress = [](uint64_t done, uint64_t total) {
      if (done > total / 2) kill(getpid(), SIGKILL);
    };
    place_.open().import(request);
  });
  bool good = wait_for(child) == 128 + SIGKILL;
  EXPECT_TRUE(good);
  // The jailed child holds the lease until it has noticed.
  for (int tries = 0; tries < 1000 && !place_.leftovers().empty(); ++tries, usleep(10'000)) place_.open();
  good = trace().empty() && good;
  EXPECT_EQ(trace(), "");
  count(93, good);
}

INSTANTIATE_TEST_SUITE_P(Drivers, Hostile, testing::Values("overlay", "erofs"),
                         [](const auto& driver) { return std::string(driver.param); });

}  // namespace
}  // namespace minidock::store
