// Trees of layers in memory: how entries make them, what their file holds, what is refused of one, how layers merge.
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "store/erofs/byte_stream.h"
#include "store/erofs/checksum.h"
#include "store/erofs/layer_builder.h"
#include "store/erofs/merge.h"
#include "store/erofs/tree_file.h"
#include "support/packed.h"

namespace minidock::store::erofs {
namespace {

using testing::HasSubstr;

constexpr uint64_t kTar = 1 << 20;

Entry entry(const std::string& path, EntryType type = EntryType::file, const std::string& target = {}) {
  Entry made{.path = path, .type = type, .mode = 0640, .uid = 3, .gid = 4, .mtime = 5 * kSecond, .target = target};
  return made;
}

void make_file(LayerBuilder& layer, const std::string& path, uint64_t size = 0) {
  Entry made = entry(path);
  made.size = size;
  layer.make_file(made, size == 0 ? std::vector<Extent>{} : std::vector<Extent>{{0, 512, size}});
}

void make_directory(LayerBuilder& layer, const std::string& path) {
  layer.make(entry(path, EntryType::directory));
}

void make_symlink(LayerBuilder& layer, const std::string& path, const std::string& target) {
  layer.make(entry(path, EntryType::symlink, target));
}

// "d etc; f etc/passwd 12; …", in order of a walk.
void list(const Tree& tree, const Listing& listing, NodeId directory, const std::string& prefix, std::string& out) {
  for (const NodeId node : listing.children(directory)) {
    const Inode& inode = tree.inode(node);
    const std::string path = prefix + std::string(tree.name(node));
    out += S_ISDIR(inode.mode) ? "d " : S_ISLNK(inode.mode) ? "l " : S_ISREG(inode.mode) ? "f " : "n ";
    out += path;
    if (S_ISREG(inode.mode) && inode.size > 0) out += cat(' ', inode.size, '@', inode.layer);
    if (listing.links(tree.inode_of(node)) > 1 && !S_ISDIR(inode.mode))
      out += cat(" x", listing.links(tree.inode_of(node)));
    out += "; ";
    if (inode.is_directory()) list(tree, listing, node, path + "/", out);
  }
}

std::string list(const Tree& tree) {
  std::string out;
  const Listing listing(tree);
  list(tree, listing, tree.root(), "", out);
  return out;
}

Fd file_of(const std::string& bytes) {
  Fd file(memfd_create("tree", MFD_CLOEXEC));
  write_all(file.get(), bytes);
  EXPECT_EQ(lseek(file.get(), 0, SEEK_SET), 0);
  return file;
}

// Unpacked, as an older minidock would have left it.
std::string tree_file(const LayerBuilder& layer) {
  const Fd file(memfd_create("tree", MFD_CLOEXEC));
  write_tree(layer, UnpackLimits(), file.get());
  EXPECT_EQ(lseek(file.get(), 0, SEEK_SET), 0);
  return content_of(file.get());
}

std::string merged(std::initializer_list<const LayerBuilder*> layers) {
  Merge merge;
  for (const LayerBuilder* layer : layers) merge.add_layer(file_of(tree_file(*layer)).get(), kTar, UnpackLimits());
  return list(merge.tree());
}

template <typename Body>
std::string refusal(Body body) {
  try {
    body();
    return "accepted";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(ErofsLayer, ParentsThatNoEntryDescribes) {
  LayerBuilder layer;
  make_file(layer, "a/b/c");
  EXPECT_EQ(list(layer.tree()), "d a; d a/b; f a/b/c; ");
  const Inode& made = layer.tree().inode(layer.tree().find(layer.tree().root(), "a"));
  EXPECT_EQ(made.mode, S_IFDIR | 0755);
  EXPECT_EQ(made.uid, 0U);
  EXPECT_EQ(made.mtime, 5 * kSecond);
}

TEST(ErofsLayer, LinksOnTheWayLeadToPlacesInTheLayer) {
  LayerBuilder layer;
  make_symlink(layer, "abs", "/usr/lib");
  make_file(layer, "abs/x");
  make_symlink(layer, "up", "../../usr/./lib/../share");
  make_file(layer, "up/y");
  make_file(layer, "usr/lib/deep/z");
  EXPECT_EQ(
      list(layer.tree()),
      "l abs; l up; d usr; d usr/lib; d usr/lib/deep; f usr/lib/deep/z; f usr/lib/x; d usr/share; f usr/share/y; ");
}

TEST(ErofsLayer, RefusesWhatAFileSystemWould) {
  LayerBuilder layer;
  make_file(layer, "f");
  make_directory(layer, "d");
  make_symlink(layer, "loop", "loop");
  make_symlink(layer, "long", std::string(256, 'x'));
  EXPECT_EQ(refusal([&] { make_file(layer, "f/x"); }), "open directory f: Not a directory");
  EXPECT_EQ(refusal([&] { make_file(layer, "loop/x"); }), "open directory loop: Too many levels of symbolic links");
  EXPECT_EQ(refusal([&] { make_file(layer, "long/x"); }), "open directory long: File name too long");
  EXPECT_EQ(refusal([&] { layer.make(entry("h", EntryType::hardlink, "none")); }),
            "create hard link to none: No such file or directory");
  EXPECT_EQ(refusal([&] { layer.make(entry("h", EntryType::hardlink, "d")); }),
            "create hard link to d: Is a directory");
  EXPECT_EQ(refusal([&] { make_symlink(layer, "s", std::string(4096, 'x')); }),
            "create symbolic link: File name too long");
}

TEST(ErofsLayer, AChainOfFortyLinksIsTheLongest) {
  LayerBuilder layer;
  make_directory(layer, "end");
  std::string target = "end";
  for (int number = 1; number <= 41; ++number) {
    make_symlink(layer, cat("l", number), target);
    target = cat("l", number);
  }
  EXPECT_EQ(refusal([&] { make_file(layer, "l40/x"); }), "accepted");
  EXPECT_EQ(refusal([&] { make_file(layer, "l41/x"); }), "open directory l41: Too many levels of symbolic links");
}

TEST(ErofsLayer, WhatComesLaterTakesThePlace) {
  LayerBuilder layer;
  make_file(layer, "a", 1);
  make_file(layer, "a", 2);
  make_directory(layer, "b");
  make_file(layer, "b/x");
  make_directory(layer, "b");
  make_directory(layer, "c");
  make_file(layer, "c/x");
  make_symlink(layer, "c", "b");
  make_file(layer, "e");
  make_directory(layer, "e");
  EXPECT_EQ(list(layer.tree()), "f a 2@0; d b; f b/x; l c; d e; ");
}

TEST(ErofsLayer, HardLinks) {
  LayerBuilder layer;
  make_file(layer, "d/f", 1);
  layer.make(entry("g", EntryType::hardlink, "d/f"));
  make_symlink(layer, "s", "d");
  layer.make(entry("h", EntryType::hardlink, "s/f"));
  layer.make(entry("t", EntryType::hardlink, "s"));
  EXPECT_EQ(list(layer.tree()), "d d; f d/f 1@0 x3; f g 1@0 x3; f h 1@0 x3; l s x2; l t x2; ");
  // Making room for the link takes its target away.
  EXPECT_THAT(refusal([&] { layer.make(entry("d", EntryType::hardlink, "d/f")); }), HasSubstr("No such file"));
}

TEST(ErofsLayer, AnAclIsAlsoTheMode) {
  const std::string version("\x02\0\0\0", 4), none("\xff\xff\xff\xff", 4);
  const std::string owner = std::string("\x01\0\x07\0", 4) + none, user = std::string("\x02\0\x04\0\x05\0\0\0", 8);
  const std::string group = std::string("\x04\0\x05\0", 4) + none, mask = std::string("\x10\0\x01\0", 4) + none;
  const std::string other = std::string("\x20\0\x04\0", 4) + none;
  LayerBuilder layer;
  Entry with = entry("f");
  with.xattrs = {{"system.posix_acl_access", version + owner + user + group + mask + other}};
  layer.make_file(with, {});
  const Tree& tree = layer.tree();
  EXPECT_EQ(tree.inode(tree.find(tree.root(), "f")).mode, S_IFREG | 0714);
  EXPECT_EQ(tree.xattrs(tree.inode(tree.find(tree.root(), "f"))).size(), 1U);
  with.path = "g";  // says no more than a mode does
  with.xattrs = {{"system.posix_acl_access", version + owner + group + other}};
  layer.make_file(with, {});
  EXPECT_EQ(tree.inode(tree.find(tree.root(), "g")).mode, S_IFREG | 0754);
  EXPECT_TRUE(tree.xattrs(tree.inode(tree.find(tree.root(), "g"))).empty());
  with.xattrs = {{"system.posix_acl_access", version + owner + user + group + other}};  // without a mask
  EXPECT_THAT(refusal([&] { layer.make_file(with, {}); }), HasSubstr("Invalid argument"));
  with.xattrs = {{"security.capability", "short"}};
  EXPECT_THAT(refusal([&] { layer.make_file(with, {}); }), HasSubstr("Invalid argument"));
}

TEST(ErofsTreeFile, LinksMayLeadTooDeep) {
  LayerBuilder layer;
  std::string path = "d";
  for (int level = 0; level < 15; ++level) path += "/" + std::string(250, 'n');
  make_file(layer, path + "/x");
  make_symlink(layer, "s", path);
  make_file(layer, "s/" + std::string(255, 'm') + "/" + std::string(255, 'o'));
  EXPECT_THAT(refusal([&] { tree_file(layer); }), HasSubstr("behind links its path has over 4095 bytes"));
}

TEST(ErofsTreeFile, EveryChangeOfAByteIsFound) {
  LayerBuilder layer;
  make_file(layer, "etc/passwd", 700);
  make_symlink(layer, "bin", "usr/bin");
  layer.make(entry("etc/again", EntryType::hardlink, "etc/passwd"));
  const std::string good = tree_file(layer);
  const auto read = [](const std::string& bytes) {
    return refusal([&] { read_tree(file_of(bytes).get(), kTar, UnpackLimits(), [](const Record&) {}); });
  };
  EXPECT_EQ(read(good), "accepted");
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    EXPECT_NE(read(bad), "accepted") << "byte " << at;
    EXPECT_NE(read(good.substr(0, at)), "accepted") << "cut at " << at;
  }
  EXPECT_NE(read(good + "x"), "accepted");
  EXPECT_EQ(read(packed(good)), "accepted");
  EXPECT_THAT(read(packed(good + "x")), HasSubstr("something follows its end"));
  EXPECT_THAT(read(packed(good) + "x"), HasSubstr("its compressed data is damaged"));
}

// What an unpacker that was taken over could write, its sum being right.
class ErofsHostileTree : public testing::Test {
 protected:
  static std::string with_sum(std::string bytes) {
    bytes.resize(bytes.size() - 4);
    const uint32_t sum = crc32c(kChecksumSeed, bytes);
    return bytes.append(reinterpret_cast<const char*>(&sum), sizeof sum);
  }
  static std::string replaced(std::string bytes, const std::string& what, const std::string& by) {
    const size_t at = bytes.find(what);
    EXPECT_NE(at, std::string::npos);
    return with_sum(bytes.replace(at, what.size(), by));
  }
  static std::string read(const std::string& bytes, uint64_t tar = kTar) {
    return refusal([&] { read_tree(file_of(bytes).get(), tar, UnpackLimits(), [](const Record&) {}); });
  }
};

TEST_F(ErofsHostileTree, Names) {
  LayerBuilder layer;
  make_file(layer, "name");
  const std::string good = tree_file(layer);
  EXPECT_EQ(read(with_sum(good)), "accepted");
  EXPECT_THAT(read(replaced(good, "name", "a/me")), HasSubstr("record 1: no name of a file"));
  EXPECT_THAT(read(replaced(good, "name", std::string("na\0e", 4))), HasSubstr("no name of a file"));
  EXPECT_THAT(read(replaced(good, "\x04name", "\x02..")), HasSubstr("no name of a file"));
  EXPECT_THAT(read(replaced(good, "\x04name", std::string("\0", 1))), HasSubstr("no name of a file"));
}

TEST_F(ErofsHostileTree, PlacesOutsideTheTar) {
  LayerBuilder layer;
  make_file(layer, "name", 700);
  EXPECT_EQ(read(tree_file(layer), 1212), "accepted");
  EXPECT_THAT(read(tree_file(layer), 1211), HasSubstr("a piece outside the tar"));
  EXPECT_THAT(read(tree_file(layer), 100), HasSubstr("a piece outside the tar"));
}

// A few bytes that unpack to many.
TEST_F(ErofsHostileTree, MoreThanATreeHas) {
  const auto read_all = [](uint64_t limit) {
    const Fd file = file_of(packed(std::string(1 << 20, 'x')));
    ByteReader reader(file.get(), limit);
    return refusal([&] { EXPECT_EQ(reader.text(1 << 20).size(), 1u << 20); });
  };
  EXPECT_EQ(read_all(1 << 20), "accepted");
  EXPECT_EQ(read_all((1 << 20) - 1), "it is too large");
}

TEST_F(ErofsHostileTree, Parents) {
  LayerBuilder layer;
  make_file(layer, "f");
  make_file(layer, "g");
  const std::string good = tree_file(layer);
  // Kind, opaque, parent, length and name of the second one.
  const std::string second("\x01\0\0\0\0\0\x01g", 8);
  EXPECT_THAT(read(replaced(good, second, std::string("\x01\0\x01\0\0\0\x01g", 8))),
              HasSubstr("its parent is no directory"));
  EXPECT_THAT(read(replaced(good, second, std::string("\x01\0\x02\0\0\0\x01g", 8))),
              HasSubstr("its parent is no directory"));
  EXPECT_THAT(read(replaced(good, second, std::string("\x01\x01\0\0\0\0\x01g", 8))), HasSubstr("only a directory"));
  EXPECT_THAT(read(replaced(good, second, std::string("\x09\0\0\0\0\0\x01g", 8))), HasSubstr("unknown kind"));
}

TEST(ErofsMerge, UpperOverLower) {
  LayerBuilder lower, upper;
  make_file(lower, "d/both", 1);
  make_file(lower, "d/lower", 2);
  make_file(lower, "replaced", 3);
  make_file(lower, "was_directory/x", 4);
  make_file(upper, "d/both", 5);
  make_file(upper, "d/upper", 6);
  make_directory(upper, "replaced");
  make_symlink(upper, "was_directory", "d");
  EXPECT_EQ(merged({&lower, &upper}), "d d; f d/both 5@1; f d/lower 2@0; f d/upper 6@1; d replaced; l was_directory; ");
}

TEST(ErofsMerge, RemovedAndOpaque) {
  LayerBuilder lower, upper;
  for (const char* path : {"gone", "dir/x", "tree/deep/x", "tree/y", "kept"}) make_file(lower, path, 1);
  upper.make(entry("gone", EntryType::character_device));
  upper.make(entry("dir", EntryType::character_device));
  upper.make(entry("never", EntryType::character_device));
  make_file(upper, "tree/new", 2);
  upper.make(entry("tree/x", EntryType::character_device));
  upper.set_marks({.removed = {}, .opaque = {"tree"}});
  EXPECT_EQ(upper.tree().find(upper.tree().find(upper.tree().root(), "tree"), "x"), kNone) << "it hides nothing more";
  EXPECT_EQ(merged({&lower, &upper}), "f kept 1@0; d tree; f tree/new 2@1; ");
  LayerBuilder all;
  make_file(all, "only", 3);
  all.set_marks({.removed = {}, .opaque = {"."}});
  EXPECT_EQ(merged({&lower, &upper, &all}), "f only 3@2; ");
  EXPECT_THAT(refusal([&] { all.set_marks({.removed = {}, .opaque = {"none"}}); }),
              HasSubstr("mark directory none opaque: No such file"));
}

TEST(ErofsMerge, LinksAreOfOneLayer) {
  LayerBuilder lower, upper;
  make_file(lower, "a", 1);
  lower.make(entry("b", EntryType::hardlink, "a"));
  make_file(upper, "b", 2);
  upper.make(entry("c", EntryType::hardlink, "b"));
  EXPECT_EQ(merged({&lower, &upper}), "f a 1@0; f b 2@1 x2; f c 2@1 x2; ");
}

// A link of a layer does not redirect the layers above: overlayfs merges by name.
TEST(ErofsMerge, ADirectoryHidesALinkBelow) {
  LayerBuilder lower, upper;
  make_file(lower, "usr/lib/x", 1);
  make_symlink(lower, "lib", "usr/lib");
  make_file(upper, "lib/y", 2);
  EXPECT_EQ(merged({&lower, &upper}), "d lib; f lib/y 2@1; d usr; d usr/lib; f usr/lib/x 1@0; ");
}

}  // namespace
}  // namespace minidock::store::erofs
