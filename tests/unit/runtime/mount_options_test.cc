#include "runtime/mount_options.h"

#include <gtest/gtest.h>
#include <sys/mount.h>

namespace minidock::runtime {
namespace {

TEST(MountOptions, SortsWordsIntoWhatTheMountApiTakes) {
  const MountOptions options = parse_mount_options({"nosuid", "ro", "mode=755", "size=64k"});
  EXPECT_EQ(options.attributes, static_cast<uint64_t>(MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY));
  EXPECT_EQ(options.data, "mode=755,size=64k");
  EXPECT_FALSE(options.bind);
}

TEST(MountOptions, TheLaterWordWins) {
  const MountOptions options = parse_mount_options({"ro", "rw"});
  EXPECT_EQ(options.attributes, 0u);
  EXPECT_EQ(options.cleared, static_cast<uint64_t>(MOUNT_ATTR_RDONLY));
  EXPECT_EQ(parse_mount_options({"rw", "ro"}).cleared, 0u);
}

TEST(MountOptions, AtimeModesClearTheirField) {
  EXPECT_EQ(parse_mount_options({"noatime"}).cleared, static_cast<uint64_t>(MOUNT_ATTR__ATIME));
}

TEST(MountOptions, BindsAndPropagation) {
  const MountOptions options = parse_mount_options({"rbind", "rslave", "rro"});
  EXPECT_TRUE(options.bind);
  EXPECT_TRUE(options.recursive_bind);
  EXPECT_EQ(options.propagation, static_cast<uint64_t>(MS_SLAVE));
  EXPECT_TRUE(options.recursive_propagation);
  EXPECT_EQ(options.recursive_attributes, static_cast<uint64_t>(MOUNT_ATTR_RDONLY));
  EXPECT_EQ(options.data, "");
}

}  // namespace
}  // namespace minidock::runtime
