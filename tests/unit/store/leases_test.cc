#include "store/leases.h"

#include <gtest/gtest.h>

#include "support/temporary_store.h"

namespace minidock::store {
namespace {

class LeasesTest : public ::testing::Test {
 protected:
  LeasesTest() {
    ensure_dirs(place_.root("tmp"), 0700);
    tmp_ = open_dir(AT_FDCWD, place_.root("tmp"));
  }
  LeaseName only() const {
    const std::vector<std::string> names = list_dir(tmp_.get());
    EXPECT_EQ(names.size(), 1u);
    return parse_lease_name(names.at(0)).value();
  }
  TemporaryStore place_;
  Fd tmp_;
};

TEST_F(LeasesTest, TheNameSaysItAll) {
  Lease lease = Lease::create(tmp_.get(), LeaseKind::volume, "my.data-1");
  const LeaseName name = only();
  EXPECT_EQ(name.kind, LeaseKind::volume);
  EXPECT_EQ(name.subject, "my.data-1");
  EXPECT_EQ(tag_of(lease.draft()), name.tag);
  EXPECT_EQ(tag_of("trash." + name.tag + ".3"), name.tag);
  struct stat info;
  ASSERT_EQ(fstatat(tmp_.get(), name.file.c_str(), &info, 0), 0);
  EXPECT_EQ(info.st_blocks, 0);
  lease.drop();
  EXPECT_TRUE(list_dir(tmp_.get()).empty());
}

TEST_F(LeasesTest, StrangersAreNoLeases) {
  for (const char* name :
       {"lease", "lease.", "lease.0123456789abcdef", "lease.0123456789abcdef.", "lease.0123456789ABCDEF.import",
        "lease.0123456789abcdef.other", "lease.0123456789abcdef0.import", "draft.0123456789abcdef", "garbage"}) {
    EXPECT_FALSE(parse_lease_name(name)) << name;
  }
  EXPECT_FALSE(tag_of("trash.0123"));
  EXPECT_FALSE(tag_of("other.0123456789abcdef"));
}

TEST_F(LeasesTest, OnlyADeadMakersLeaseIsAdopted) {
  std::optional<Lease> lease = Lease::create(tmp_.get(), LeaseKind::import);
  const LeaseName name = only();
  EXPECT_TRUE(is_alive(tmp_.get(), name));
  EXPECT_FALSE(Lease::try_adopt(tmp_.get(), name));
  lease.reset();  // not dropped: as if its maker had died
  EXPECT_FALSE(is_alive(tmp_.get(), name));
  std::optional<Lease> adopted = Lease::try_adopt(tmp_.get(), name);
  ASSERT_TRUE(adopted);
  EXPECT_FALSE(Lease::try_adopt(tmp_.get(), name));  // one sweeper only
  adopted->drop();
  EXPECT_FALSE(Lease::try_adopt(tmp_.get(), name));
}

TEST_F(LeasesTest, TrashGoesWithWhoeverHoldsTheLease) {
  std::optional<Lease> lease = Lease::create(tmp_.get(), LeaseKind::layer, "x");
  const LeaseName name = only();
  for (const char* directory : {"a", "b"}) {
    make_dir(AT_FDCWD, place_.root(directory), 0700);
    write_file(AT_FDCWD, place_.root(std::string(directory) + "/f"), "data");
    lease->throw_away(AT_FDCWD, place_.root(directory));
    EXPECT_FALSE(exists_at(AT_FDCWD, place_.root(directory)));
  }
  lease->throw_away(AT_FDCWD, place_.root("missing"));
  EXPECT_EQ(list_dir(tmp_.get()).size(), 3u);
  lease.reset();
  std::optional<Lease> adopted = Lease::try_adopt(tmp_.get(), name);
  ASSERT_TRUE(adopted);
  EXPECT_GT(adopted->empty_trash(), 0u);
  EXPECT_EQ(list_dir(tmp_.get()).size(), 1u);
}

}  // namespace
}  // namespace minidock::store
