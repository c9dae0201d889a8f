#include "store/archive/layer_index.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "support/packed.h"

namespace minidock::store {
namespace {

Fd scratch_file() {
  char name[] = "/tmp/minidock-index-XXXXXX";
  Fd fd(mkostemp(name, O_CLOEXEC));
  discard_file(AT_FDCWD, name);
  return fd;
}

std::vector<IndexEntry> read_back(std::string_view text) {
  const Fd fd = scratch_file();
  write_all(fd.get(), text);
  lseek(fd.get(), 0, SEEK_SET);
  std::vector<IndexEntry> entries;
  read_layer_index(fd.get(), [&](const IndexEntry& entry) { entries.push_back(entry); });
  return entries;
}

// The text, unpacked.
std::string written(const std::vector<IndexEntry>& entries) {
  const Fd fd = scratch_file();
  LayerIndexWriter writer(fd.get());
  for (const IndexEntry& entry : entries) writer.add(entry);
  writer.finish();
  lseek(fd.get(), 0, SEEK_SET);
  return content_of(fd.get());
}

TEST(LayerIndex, ReadsWhatItWrote) {
  IndexEntry file{.path = "a \"b\"\\c", .mode = S_IFREG | 04755, .uid = 1, .gid = 4294967294, .mtime = 5, .size = 7};
  file.sha256 = oci::sha256("content");
  const IndexEntry link{.path = "caf\xe9\n", .mode = S_IFLNK | 0777, .target = "\xff/x"};
  const IndexEntry device{.path = "gr\xc3\xbcn", .mode = S_IFBLK | 0600, .device = makedev(8, 17)};
  const std::vector<IndexEntry> entries = read_back(written({file, link, device}));
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].path, file.path);
  EXPECT_EQ(entries[0].mode, file.mode);
  EXPECT_EQ(entries[0].gid, file.gid);
  EXPECT_EQ(entries[0].size, 7u);
  EXPECT_EQ(entries[0].sha256, file.sha256);
  EXPECT_EQ(entries[1].path, link.path);
  EXPECT_EQ(entries[1].target, link.target);
  EXPECT_EQ(entries[2].device, device.device);
}

TEST(LayerIndex, KnowsLinksAndOpaqueDirectories) {
  IndexEntry file{.path = "a", .mode = S_IFREG | 0644};
  file.link = 3;
  IndexEntry directory{.path = "d", .mode = S_IFDIR | 0755};
  directory.opaque = true;
  const std::string text = written({file, directory});
  const std::vector<IndexEntry> entries = read_back(text);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].link, 3u);
  EXPECT_FALSE(entries[0].opaque);
  EXPECT_TRUE(entries[1].opaque);
  EXPECT_NE(text.find("\"opaque\":true,\"mtime\""), std::string::npos);
}

TEST(LayerIndex, TheTextIsWhatTheHeaderSays) {
  EXPECT_EQ(written({}), "{\"version\":1,\"entries\":[\n]}\n");
  EXPECT_EQ(written({{.path = "d", .mode = S_IFDIR | 0755, .mtime = 9}}),
            "{\"version\":1,\"entries\":[\n"
            "{\"path\":\"d\",\"type\":\"directory\",\"mode\":\"0755\",\"uid\":0,\"gid\":0,\"mtime\":9}\n]}\n");
  EXPECT_TRUE(read_back(written({})).empty());
}

TEST(LayerIndex, ReadsWhatIsPackedAndWhatIsNot) {
  const std::string text = written({{.path = "d", .mode = S_IFDIR | 0755}});
  EXPECT_EQ(read_back(text).size(), 1u);
  EXPECT_EQ(read_back(packed(text)).size(), 1u);
  EXPECT_THROW(read_back(packed(text.substr(0, text.size() - 3))), Error);
  try {
    read_back(packed(text).substr(0, 20));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "layer index: its compressed data is damaged");
    EXPECT_EQ(error.kind(), ErrorKind::corrupt);
  }
}

TEST(LayerIndex, DamageNamesTheLine) {
  const std::string good = written({{.path = "d", .mode = S_IFDIR | 0755}});
  EXPECT_THROW(read_back(""), Error);
  EXPECT_THROW(read_back("[]"), Error);
  EXPECT_THROW(read_back(good.substr(0, good.size() - 3)), Error);
  EXPECT_THROW(read_back(good + "x"), Error);
  try {
    std::string wrong = good;
    wrong.replace(wrong.find("directory"), 9, "something");
    read_back(wrong);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "layer index: line 2: unknown type");
    EXPECT_EQ(error.kind(), ErrorKind::corrupt);
  }
}

}  // namespace
}  // namespace minidock::store
