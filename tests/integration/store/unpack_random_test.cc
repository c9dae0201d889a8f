// Archives nobody thought of: valid ones by chance, against GNU tar; broken ones by chance, against the rules.
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <random>

#include "base/file.h"
#include "base/text.h"
#include "support/unpack_fixture.h"

extern char** environ;

namespace minidock::store {
namespace {

constexpr unsigned kSeed = 20'240'601;  // the same archives on every machine

class UnpackRandom : public UnpackTest {
 protected:
  size_t pick(size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random_); }
  std::string name() {
    static const std::string kLetters = "abcdefgh0123456789._-+ \xc3\xa9~";
    std::string text = "n";
    for (size_t length = 1 + pick(20); length > 0; --length) text += kLetters[pick(kLetters.size() - 4)];
    if (pick(10) == 0) text += "\xc3\xa9";
    if (pick(30) == 0) text += std::string(120, 'l');
    return text;
  }
  std::mt19937 random_{kSeed};

  std::string random_tar();
  std::string mutant(const std::string& archive);

 private:
  TarEntry random_entry(const std::string& path, std::vector<std::string>& directories,
                        std::vector<std::string>& files);
};

TarEntry UnpackRandom::random_entry(const std::string& path, std::vector<std::string>& directories,
                                    std::vector<std::string>& files) {
  TarEntry entry{
      .name = path, .mode = pick(010000), .uid = pick(70'000), .gid = pick(70'000), .mtime = pick(2'000'000'000)};
  const size_t kind = pick(10);
  if (kind < 3) {
    entry.type = '5';
    entry.mode |= 0700;  // GNU tar, which may not pass, would need it
    directories.push_back(path + "/");
  } else if (kind < 7 || files.empty()) {
    entry.data.assign(pick(5) == 0 ? 0 : pick(20'000), static_cast<char>('a' + pick(26)));
    files.push_back(path);
  } else if (kind == 7) {
    entry.type = '2';
    entry.mode = 0777;
    entry.link = pick(2) == 0 ? "../elsewhere" : name();
  } else if (kind == 8) {
    entry.type = '1';
    entry.link = files[pick(files.size())];
  } else {
    entry.type = '6';
  }
  return entry;
}

std::string UnpackRandom::random_tar() {
  TarBuilder tar;
  std::vector<std::string> directories = {""};
  std::vector<std::string> files;
  std::vector<std::string> taken;
  for (size_t count = 1 + pick(40); count > 0; --count) {
    const std::string path = directories[pick(directories.size())] + name();
    if (std::find(taken.begin(), taken.end(), path) != taken.end()) continue;
    taken.push_back(path);
    TarEntry entry = random_entry(path, directories, files);
    std::string records;
    if (entry.name.size() > 100) records += pax_record("path", entry.name);
    if (entry.link.size() > 100) records += pax_record("linkpath", entry.link);
    if (pick(4) == 0) records += pax_record("mtime", cat(entry.mtime, ".", 100'000'000 + pick(800'000'000)));
    if (!records.empty()) tar.pax(records);
    tar.add(entry);
  }
  return pick(8) == 0 ? tar.unfinished() : tar.finish();
}

// One to three changes: a flipped bit, a cut at a block, a block copied over another, blocks left out.
std::string UnpackRandom::mutant(const std::string& archive) {
  std::string bytes = archive;
  for (size_t count = 1 + pick(3); count > 0 && bytes.size() > 1024; --count) {
    const size_t blocks = bytes.size() / 512;
    const size_t from = pick(blocks) * 512;
    switch (pick(5)) {
      case 0:
      case 1:
        bytes[pick(bytes.size())] ^= static_cast<char>(1 << pick(8));
        break;
      case 2:
        bytes.resize(from);
        break;
      case 3:
        bytes.replace(pick(blocks) * 512, 512, bytes.substr(from, 512));
        break;
      default:
        bytes.erase(from, 512 * (1 + pick(3)));
    }
  }
  return bytes;
}

void extract_with_gnu_tar(const std::string& archive, const std::string& into) {
  const std::vector<std::string> words = {
      "tar", "--numeric-owner", "--delay-directory-restore", "--warning=none", "-p", "-P", "-xf", archive, "-C", into};
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = 0;
  ASSERT_EQ(posix_spawnp(&pid, "tar", nullptr, nullptr, arguments.data(), environ), 0);
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  ASSERT_EQ(status, 0);
}

TEST_F(UnpackRandom, TheTreeOfGnuTar) {
  const int rounds = long_tests() ? 2000 : 200;
  const std::string expected = directory_ + "/expected";
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    const std::string archive = random_tar();
    ASSERT_EQ(unpack(archive), "") << "round " << round;
    discard_tree(AT_FDCWD, expected);
    make_dir(AT_FDCWD, expected, 0755);
    extract_with_gnu_tar(archive_path(), expected);
    EXPECT_EQ(list_tree(layer_path(), false), list_tree(expected, false)) << "round " << round;
  }
}

TEST_F(UnpackRandom, MutantsNeitherEscapeNorCrash) {
  const TarBuilder good = TarBuilder()
                              .directory("etc")
                              .file("etc/passwd", std::string(700, 'p'))
                              .symlink("out", canary())
                              .file("out/f", "through")
                              .hardlink("h", "etc/passwd")
                              .pax(pax_record("path", "long/name"))
                              .file("x")
                              .gnu_long(std::string(150, 'g'))
                              .file("y")
                              .symlink("up", "../../canary")
                              .file("up/d/g")
                              .node("dev", '3', 1, 3)
                              .file("etc/passwd", "again");
  const std::string before = outside();
  const int rounds = long_tests() ? 10'000 : 500;
  int refused = 0;
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    const std::string archive = mutant(good.finish());
    const std::string message = unpack(archive);
    refused += message.empty() ? 0 : 1;
    EXPECT_EQ(message.find("ended without a result"), std::string::npos) << "round " << round << ": " << message;
    EXPECT_EQ(outside(), before) << "round " << round;
  }
  // Neither all nor none: the mutants are worth something.
  EXPECT_GT(refused, rounds / 10);
  EXPECT_LT(refused, rounds);
}

}  // namespace
}  // namespace minidock::store
