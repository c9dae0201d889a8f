// Stacks of layers nobody thought of, in both forms: entry for entry the same, and what the rules of OCI layers, worked
// out by a program of its own (support/reference_unpacker), make of them.
#include <random>

#include "base/file.h"
#include "base/text.h"
#include "support/erofs_fixture.h"
#include "support/reference_unpacker.h"
#include "support/unpack_fixture.h"

namespace minidock::store {
namespace {

constexpr unsigned kSeed = 20'261'128;  // the same layers on every machine

class ErofsRandom : public ErofsTest {
 protected:
  void SetUp() override { require_erofs(); }

  size_t pick(size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random_); }

  // Few names, so that layers meet; some of them long, some odd.
  std::string name() {
    static const std::vector<std::string> kNames = {
        "a", "b", "c", "d", "e", "f", "-", "!", "..x", ".y", "\xc3\xa9", "\x80", std::string(90, 'n')};
    return kNames[pick(kNames.size())];
  }

  std::string path() {
    std::string text = name();
    for (size_t depth = pick(4); depth > 0; --depth) text += "/" + name();
    return text;
  }

  void add_random(TarBuilder& tar, std::vector<std::string>& files);
  std::string random_layer(bool upper);

  std::string model();
  void keep_tars() const;

  std::mt19937 random_{kSeed};
  ReferenceUnpacker reference_;
};

void ErofsRandom::add_random(TarBuilder& tar, std::vector<std::string>& files) {
  TarEntry entry{
      .name = path(), .mode = pick(010000), .uid = pick(100'000), .gid = pick(70'000), .mtime = pick(2'000'000'000)};
  std::string records;
  const auto xattr = [&records](const std::string& key, const std::string& value) {
    records += pax_record("SCHILY.xattr." + key, value);
  };
  const size_t kind = pick(12);
  if (kind < 3) {
    entry.type = '5';
    if (pick(3) == 0) xattr("user.d", std::string(pick(300), 'v'));
  } else if (kind < 7 || files.empty()) {
    entry.data.assign(pick(4) == 0 ? 0 : pick(5000), static_cast<char>('a' + pick(26)));
    files.push_back(entry.name);
    if (pick(3) == 0) xattr("user.f" + std::string(pick(100), 'k'), std::string(pick(600), 'v'));
    if (pick(8) == 0) xattr("security.capability", std::string("\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20));
  } else if (kind == 7) {
    entry.type = '2';
    entry.link = pick(3) == 0 ? "/" + path() : pick(2) == 0 ? "../" + path() : std::string(1 + pick(99), 's');
  } else if (kind == 8) {
    entry.type = '1';
    entry.link = files[pick(files.size())];
  } else if (kind == 9) {
    entry.type = '6';
  } else if (kind == 10) {
    entry.type = '3';
    entry.major = 1 + pick(300);
    entry.minor = pick(100'000);
  } else {
    const std::string mark = pick(3) == 0 ? ".wh..wh..opq" : ".wh." + name();
    entry.name = pick(2) == 0 ? mark : entry.name + "/" + mark;  // of the root, too
  }
  if (entry.name.size() > 100) records += pax_record("path", entry.name);
  if (entry.link.size() > 100) records += pax_record("linkpath", entry.link);
  if (pick(4) == 0) records += pax_record("mtime", cat(entry.mtime, ".", 100'000'000 + pick(800'000'000)));
  if (!records.empty()) tar.pax(records);
  tar.add(entry);
}

std::string ErofsRandom::random_layer(bool upper) {
  TarBuilder tar;
  std::vector<std::string> files;
  for (size_t count = 1 + pick(upper ? 12 : 30); count > 0; --count) add_random(tar, files);
  return tar.finish();
}

std::string ErofsRandom::model() {
  std::vector<std::string> words = {"stack", directory_ + "/model"};
  for (const std::string& tar : layer_tars()) words.push_back(tar);
  const std::string trouble = reference_.ask(words);
  return trouble.empty() ? read_file(AT_FDCWD, directory_ + "/model") : trouble;
}

void ErofsRandom::keep_tars() const {
  int number = 0;
  for (const std::string& tar : layer_tars()) {
    const std::string kept = cat(testing::TempDir(), "minidock-stack-", number++, ".tar");
    write_file(AT_FDCWD, kept, read_file(AT_FDCWD, tar));
    printf("kept: %s\n", kept.c_str());
  }
}

TEST_F(ErofsRandom, TheTreeOfTheUnpackedLayers) {
  const int rounds = rounds_of(40, 3000);
  int refused = 0, layers = 0;
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    SCOPED_TRACE(cat("round ", round));
    int taken = 0;
    for (size_t number = 2 + pick(4); number > 0; --number) {
      // A tar by chance is often refused; the words are compared, and another is tried.
      for (int attempt = 0; attempt < 20; ++attempt) {
        if (add_layer(random_layer(taken > 0)).empty()) {
          ++taken;
          break;
        }
        ++refused;
      }
    }
    if (taken > 0) {
      expect_same();
      EXPECT_EQ(list_tree(image_at(), false, false) + "links:\n" + list_links(image_at()), model());
      if (HasFailure()) keep_tars();
    }
    layers += taken;
    clear();
  }
  printf("%d stacks of %d layers; %d tars were refused by both forms\n", rounds, layers, refused);
  EXPECT_GT(layers, rounds);
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace minidock::store
