#include "store/archive/entry.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "store/archive/image_archive.h"
#include "store/archive/whiteout.h"

namespace minidock::store {
namespace {

Entry file(const std::string& path) {
  return {.path = path};
}

TEST(Entry, KeptXattrs) {
  for (const char* name : {"user.a", "user.overlayfs", "security.capability", "system.posix_acl_access"}) {
    EXPECT_TRUE(is_kept_xattr(name)) << name;
  }
  for (const char* name : {"user.overlay.opaque", "trusted.overlay.opaque", "security.selinux", "security.ima",
                           "security.capabilityx", "system.other", "user", ""}) {
    EXPECT_FALSE(is_kept_xattr(name)) << name;
  }
}

TEST(Whiteouts, AreToldApart) {
  EXPECT_EQ(classify_whiteout(file("a/b.wh.c")), Whiteout::none);
  EXPECT_EQ(classify_whiteout(file("a/.wh")), Whiteout::none);
  EXPECT_EQ(classify_whiteout(file("a/.wh.c")), Whiteout::removes);
  EXPECT_EQ(classify_whiteout(file(".wh....")), Whiteout::removes);  // hides "..."
  EXPECT_EQ(classify_whiteout(file(".wh..wh..opq")), Whiteout::opaque);
  EXPECT_EQ(classify_whiteout(file("a/.wh..wh.plnk/1.2")), Whiteout::aufs);
  for (const char* path : {".wh.", "a/.wh..", ".wh...", ".wh.x/y", ".wh..wh..opq/y"}) {
    EXPECT_THROW(classify_whiteout(file(path)), Error) << path;
  }
  Entry link = file(".wh.x");
  link.type = EntryType::symlink;
  EXPECT_THROW(classify_whiteout(link), Error);
}

TEST(ImageArchives, AreTold) {
  const std::string hex(64, '0');
  const auto refused = [](const std::vector<std::string>& paths) {
    ImageArchiveDetector detector;
    try {
      for (const std::string& path : paths) detector.see(file(path));
      return std::string();
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  EXPECT_NE(refused({hex + "/layer.tar", "manifest.json"}).find("docker save"), std::string::npos);
  EXPECT_NE(refused({"manifest.json", hex + ".json"}).find("docker save"), std::string::npos);
  EXPECT_NE(refused({"index.json", "oci-layout"}).find("OCI image layout"), std::string::npos);
  EXPECT_EQ(refused({"manifest.json"}), "");
  EXPECT_EQ(refused({"etc", "manifest.json", "oci-layout", "index.json", hex}), "");
}

}  // namespace
}  // namespace minidock::store
