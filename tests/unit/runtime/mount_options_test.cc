#include "runtime/mount_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

namespace minidock::runtime {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kAtime = MOUNT_ATTR__ATIME;

TEST(MountOptions, SortsWordsIntoWhatTheMountApiTakes) {
  const MountOptions options = parse_mount_options({"nosuid", "ro", "mode=755", "size=64k"});
  EXPECT_EQ(options.mount.set, static_cast<uint64_t>(MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY));
  EXPECT_EQ(options.data_text(), "mode=755,size=64k");
  EXPECT_FALSE(options.bind);
}

TEST(MountOptions, TheLaterWordWins) {
  const MountOptions options = parse_mount_options({"ro", "rw"});
  EXPECT_EQ(options.mount.set, 0u);
  EXPECT_EQ(options.mount.clear, static_cast<uint64_t>(MOUNT_ATTR_RDONLY));
  EXPECT_EQ(parse_mount_options({"rw", "ro"}).mount.clear, 0u);
}

TEST(MountOptions, AtimeModesAreOneField) {
  const auto parsed = [](std::vector<std::string> words) { return parse_mount_options(words).mount; };
  EXPECT_EQ(parsed({"noatime"}).set, static_cast<uint64_t>(MOUNT_ATTR_NOATIME));
  EXPECT_EQ(parsed({"noatime"}).clear, kAtime);
  EXPECT_EQ(parsed({"noatime", "strictatime"}).set, static_cast<uint64_t>(MOUNT_ATTR_STRICTATIME));
  // Turning one mode off is the default, relatime, which is the field's zero; it leaves another mode alone.
  EXPECT_EQ(parsed({"strictatime", "nostrictatime"}).set, 0u);
  EXPECT_EQ(parsed({"noatime", "nostrictatime"}).set, static_cast<uint64_t>(MOUNT_ATTR_NOATIME));
  EXPECT_EQ(parsed({"atime"}).clear, kAtime);
  EXPECT_EQ(parsed({"noatime", "relatime"}).set, 0u);
  EXPECT_EQ(parsed({"nodiratime"}).clear, 0u);
}

TEST(MountOptions, BindsAndPropagation) {
  const MountOptions options = parse_mount_options({"rbind", "rslave", "rro"});
  EXPECT_TRUE(options.bind);
  EXPECT_TRUE(options.recursive_bind);
  EXPECT_EQ(options.propagation, static_cast<uint64_t>(MS_SLAVE));
  EXPECT_TRUE(options.recursive_propagation);
  EXPECT_EQ(options.recursive.set, static_cast<uint64_t>(MOUNT_ATTR_RDONLY));
  EXPECT_THAT(options.data, IsEmpty());
}

TEST(MountOptions, RecursiveWordsSetAndClear) {
  const MountOptions options = parse_mount_options({"rrw", "rnosuid", "rexec", "rnoatime", "ro"});
  EXPECT_EQ(options.recursive.set, static_cast<uint64_t>(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOATIME));
  EXPECT_EQ(options.recursive.clear, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC | kAtime);
  EXPECT_EQ(options.mount.set, static_cast<uint64_t>(MOUNT_ATTR_RDONLY));
}

TEST(MountOptions, WordsOfTheWholeFileSystemAreDataOfANewMountOnly) {
  EXPECT_THAT(parse_mount_options({"sync", "lazytime", "size=1m"}).data, ElementsAre("sync", "lazytime", "size=1m"));
  EXPECT_THAT(parse_mount_options({"bind", "sync", "lazytime"}).data, IsEmpty());
  EXPECT_THAT(parse_mount_options({"silent", "loud", "defaults", "iversion", "noacl"}).data, IsEmpty());
}

TEST(MountOptions, EveryWordOfFeaturesIsUnderstood) {
  const std::vector<std::string> words = mount_option_words();
  for (const char* word : {"acl",         "async",        "atime",         "bind",          "defaults",
                           "dev",         "diratime",     "dirsync",       "exec",          "iversion",
                           "lazytime",    "loud",         "mand",          "noacl",         "noatime",
                           "nodev",       "nodiratime",   "noexec",        "noiversion",    "nolazytime",
                           "nomand",      "norelatime",   "nostrictatime", "nosuid",        "nosymfollow",
                           "private",     "ratime",       "rbind",         "rdev",          "rdiratime",
                           "relatime",    "remount",      "rexec",         "rnoatime",      "rnodev",
                           "rnodiratime", "rnoexec",      "rnosuid",       "rnosymfollow",  "ro",
                           "rprivate",    "rrelatime",    "rro",           "rrw",           "rshared",
                           "rslave",      "rstrictatime", "rsuid",         "rsymfollow",    "runbindable",
                           "rw",          "shared",       "silent",        "slave",         "strictatime",
                           "suid",        "symfollow",    "sync",          "tmpcopyup",     "unbindable",
                           "idmap",       "ridmap",       "rnorelatime",   "rnostrictatime"}) {
    EXPECT_THAT(words, Contains(std::string(word)));
  }
  EXPECT_TRUE(std::is_sorted(words.begin(), words.end()));
  for (const std::string& word : words) {
    if (word == "sync" || word == "async" || word == "dirsync" || word.ends_with("lazytime") || word.ends_with("mand"))
      continue;
    EXPECT_THAT(parse_mount_options({word}).data, IsEmpty()) << word;
  }
}

}  // namespace
}  // namespace minidock::runtime
