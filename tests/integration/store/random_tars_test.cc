// Valid tars by chance (support/random_tar.h): the tree that each driver shows is the one that GNU tar and Python's
// tarfile make, entry for entry: type and mode, owner, time to the nanosecond, content, links, extended attributes.
// Where it is to be another one, the tar says which aspect of which entry, and why.
//
// MINIDOCK_TEST_SEED=N tries the tar of that seed alone, with MINIDOCK_TEST_ROUNDS=M those after it too; one that fails
// is made as small as it goes, and kept.
#include <cstdlib>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "support/erofs_fixture.h"
#include "support/random_tar.h"

#include "support/reference_unpacker.h"
#include "support/unpack_fixture.h"

namespace minidock::store {
namespace {

constexpr uint64_t kFirstSeed = 20'261'128;

using Tree = std::map<std::string, Seen>;

const std::string& aspect_of(const Seen& seen, Aspect aspect) {
  switch (aspect) {
    case Aspect::mode:
      return seen.mode;
    case Aspect::owner:
      return seen.owner;
    case Aspect::time:
      return seen.time;
    case Aspect::content:
      return seen.content;
    case Aspect::links:
      return seen.links;
    default:
      return seen.xattrs;
  }
}

class RandomTars : public ErofsTest {
 protected:
  void SetUp() override { require_erofs(); }
  // What is wrong with it; "" for nothing.
  std::string judge(const RandomTar& tar);
  void make_small(RandomTar& tar);
  std::string compare(const Tree& ours);
  std::string compare_entry(const std::string& path, const Tree& ours);
  void empty(const std::string& directory) {
    discard_tree(AT_FDCWD, directory);
    make_dir(AT_FDCWD, directory, 0755);
  }

  ReferenceUnpacker reference_;
  Tree gnu_, python_;
  std::map<std::pair<std::string, Aspect>, Difference> known_;
  std::map<std::string, int> differences_;  // by reason
  uint64_t compared_ = 0;
};

std::string RandomTars::compare_entry(const std::string& path, const Tree& ours) {
  const auto known = [&](Aspect aspect) -> const Difference* {
    const auto found = known_.find({path, aspect});
    if (found == known_.end()) return nullptr;
    ++differences_[found->second.why];
    return &found->second;
  };
  if (known(Aspect::presence) != nullptr) return ours.contains(path) ? "is there" : "";
  const Tree::const_iterator one = gnu_.find(path), other = python_.find(path), own = ours.find(path);
  if (one == gnu_.end() || other == python_.end()) return "only one of the peers has it";
  if (own == ours.end()) return "is missing";
  std::string wrong;
  for (const Aspect aspect :
       {Aspect::mode, Aspect::owner, Aspect::time, Aspect::content, Aspect::links, Aspect::xattrs}) {
    const Difference* difference = known(aspect);
    if (difference != nullptr && !difference->of_gnu_tar) continue;
    ++compared_;
    const std::string& gnu = aspect_of(one->second, aspect);
    const std::string& python = aspect_of(other->second, aspect);
    const std::string& seen = aspect_of(own->second, aspect);
    if (seen == python && (gnu == python || difference != nullptr)) continue;
    wrong += cat(" ", name_of(aspect), " is ", seen, ", GNU tar has ", gnu, ", tarfile ", python);
  }
  return wrong;
}

std::string RandomTars::compare(const Tree& ours) {
  std::set<std::string> paths;
  for (const Tree* tree : {static_cast<const Tree*>(&gnu_), static_cast<const Tree*>(&python_), &ours}) {
    for (const auto& [path, seen] : *tree) paths.insert(path);
  }
  std::string wrong;
  for (const std::string& path : paths) {
    const std::string complaint = compare_entry(path, ours);
    if (!complaint.empty()) wrong += cat(printable(path), ": ", complaint, "\n");
  }
  return wrong;
}

std::string RandomTars::judge(const RandomTar& tar) {
  clear();
  const std::string refusal = add_layer(tar.bytes());
  if (!refusal.empty()) return "refused: " + refusal + "\n";
  const std::string gnu = directory_ + "/gnu", python = directory_ + "/python", archive = directory_ + "/archive";
  empty(gnu);
  empty(python);
  std::string trouble = unpack_with_gnu_tar(archive, gnu);
  trouble += reference_.ask({"unpack", archive, python});
  if (!trouble.empty()) return trouble + "\n";
  gnu_ = see_tree(gnu);
  python_ = see_tree(python);
  known_ = tar.differences();
  Tree layer = see_tree(layer_directory());
  // Marks of names that the tar removes; the peers have made files of its entries.
  std::erase_if(layer, [this](const auto& entry) {
    const std::string& path = entry.first;
    const size_t leaf = path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1;
    return entry.second.content == " device 0" && gnu_.contains(path.substr(0, leaf) + ".wh." + path.substr(leaf));
  });
  const std::string unpacked = compare(layer);
  const std::string mounted = compare(see_tree(mount_image()));
  return (unpacked.empty() ? "" : "overlay:\n" + unpacked) + (mounted.empty() ? "" : "erofs:\n" + mounted);
}

// Leaves out what is not needed for it to fail. What is left may fail for another reason: the first one is told, too.
void RandomTars::make_small(RandomTar& tar) {
  for (size_t i = tar.entries().size(); i-- > 0;) {
    RandomTar smaller(tar);
    smaller.entries().erase(smaller.entries().begin() + static_cast<ptrdiff_t>(i));
    const std::string wrong = judge(smaller);
    if (wrong.starts_with("overlay:") || wrong.starts_with("erofs:")) tar = smaller;
  }
}

TEST_F(RandomTars, TheTreesOfGnuTarAndPython) {
  const char* told = std::getenv("MINIDOCK_TEST_SEED");
  const uint64_t first = told == nullptr ? kFirstSeed : std::strtoull(told, nullptr, 10);
  const int rounds = told == nullptr ? rounds_of(200, 2000) : rounds_of(1, 1);
  size_t entries = 0;
  int round = 0;
  for (; round < rounds && !HasFailure(); ++round) {
    const uint64_t seed = first + static_cast<uint64_t>(round);
    RandomTar tar(seed);
    entries += tar.entries().size();
    const std::string wrong = judge(tar);
    if (wrong.empty()) continue;
    make_small(tar);
    const std::string kept = cat(testing::TempDir(), "minidock-random-", seed, ".tar");
    write_file(AT_FDCWD, kept, tar.bytes());
    ADD_FAILURE() << "seed " << seed << ", made small and kept as " << kept << ":\n"
                  << judge(tar) << "at first:\n"
                  << wrong;
  }
  printf("%d tars, %zu entries, 2 drivers: %lu aspects compared with both peers\n", round, entries, compared_);
  for (const auto& [reason, count] : differences_) printf("  known to differ, %d times: %s\n", count, reason.c_str());
}

}  // namespace
}  // namespace minidock::store
