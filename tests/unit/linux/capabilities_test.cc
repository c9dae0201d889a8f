#include "linux/capabilities.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::linux {
namespace {

constexpr CapabilityMask kAll = (CapabilityMask{1} << 41) - 1;
constexpr CapabilityMask kNetAdmin = CapabilityMask{1} << 12, kChown = 1, kMknod = CapabilityMask{1} << 27;

TEST(Capabilities, NamesAndNumbersAreTheKernels) {
  EXPECT_EQ(capability_number("CAP_CHOWN"), 0);
  EXPECT_EQ(capability_number("sys_admin"), 21);
  EXPECT_EQ(capability_number("Cap_Checkpoint_Restore"), 40);
  EXPECT_EQ(capability_number("CAP_FOO"), std::nullopt);
  EXPECT_EQ(capability_number(""), std::nullopt);
  EXPECT_EQ(capability_name(29), "CAP_AUDIT_WRITE");
}

TEST(Capabilities, EveryNumberHasANameThatLeadsBackToIt) {
  for (int number = 0; number < 64; ++number) EXPECT_EQ(capability_number(capability_name(number)), number);
  EXPECT_EQ(capability_name(41), "CAP_41");
  EXPECT_EQ(capability_number("CAP_5"), std::nullopt) << "numbers with a name have only that name";
  EXPECT_EQ(capability_number("CAP_64"), std::nullopt);
}

TEST(Capabilities, DefaultIsDockersFourteen) {
  EXPECT_EQ(default_capabilities(), 0xa80425fbu);
  EXPECT_EQ(capability_names(default_capabilities()).size(), 14u);
  EXPECT_EQ(capability_mask(capability_names(default_capabilities())), default_capabilities());
}

TEST(Capabilities, UnknownNamesAreRefusedInUpperCase) {
  try {
    adjust_capabilities(0, kAll, {"foo"}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "invalid CapAdd: unknown capability: \"CAP_FOO\"");
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
  }
  EXPECT_THROW(adjust_capabilities(0, kAll, {}, {"CAP_BAR"}), Error);
  EXPECT_THROW(capability_mask({"CAP_ALL"}), Error);
}

TEST(Capabilities, AddAndDropAsDocker) {
  const CapabilityMask start = default_capabilities();
  EXPECT_EQ(adjust_capabilities(start, kAll, {}, {}), start);
  EXPECT_EQ(adjust_capabilities(start, kAll, {"net_admin"}, {"CHOWN"}), (start | kNetAdmin) & ~kChown);
  EXPECT_EQ(adjust_capabilities(start, kAll, {"ALL"}, {}), kAll);
  EXPECT_EQ(adjust_capabilities(start, kAll, {"all"}, {"mknod"}), kAll & ~kMknod);
  EXPECT_EQ(adjust_capabilities(start, kAll, {}, {"ALL"}), 0u);
  EXPECT_EQ(adjust_capabilities(start, kAll, {"CAP_CHOWN"}, {"cap_all"}), kChown);
  EXPECT_EQ(adjust_capabilities(start, kAll, {"mknod"}, {"mknod"}), start) << "docker drops first, then adds";
}

TEST(Capabilities, AllMeansTheBoundingSetAndTheDefaultShrinksWithIt) {
  const CapabilityMask bounding = kAll & ~kMknod;
  EXPECT_EQ(adjust_capabilities(0, bounding, {"ALL"}, {}), bounding);
  EXPECT_EQ(adjust_capabilities(default_capabilities(), bounding, {}, {}), default_capabilities() & ~kMknod);
  try {
    adjust_capabilities(0, bounding, {"MKNOD"}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::permission);
  }
}

TEST(Capabilities, ThisProcessesOwnSetsAreRead) {
  const CapabilityMask known =
      last_capability() == 63 ? ~CapabilityMask{0} : (CapabilityMask{2} << last_capability()) - 1;
  EXPECT_GE(last_capability(), 40);
  EXPECT_EQ(bounding_capabilities() & ~known, 0u);
  EXPECT_EQ(effective_capabilities() & ~known, 0u);
}

}  // namespace
}  // namespace minidock::linux
