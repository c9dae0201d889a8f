#include "support/erofs_fixture.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "linux/detached_mount.h"
#include "linux/erofs_mount.h"
#include "store/erofs/merge.h"
#include "store/erofs/writer.h"
#include "support/unpack_fixture.h"

namespace minidock::store {

namespace {

uint64_t size_of(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) throw_errno("stat ", path);
  return static_cast<uint64_t>(info.st_size);
}

void collect_links(int dir, const std::string& prefix, std::map<ino_t, std::string>& found) {
  for (const std::string& name : list_dir(dir)) {
    struct stat info;
    if (fstatat(dir, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) continue;  // as list_tree() does
    if (S_ISDIR(info.st_mode)) {
      collect_links(open_dir(dir, name).get(), prefix + name + "/", found);
    } else if (info.st_nlink > 1) {
      found[info.st_ino] += prefix + name + "\n";
    }
  }
}

}  // namespace

std::string list_links(const std::string& path) {
  std::map<ino_t, std::string> found;
  collect_links(open_dir(AT_FDCWD, path).get(), "", found);
  std::set<std::string> sorted;
  for (const auto& [inode, names] : found) {
    if (std::count(names.begin(), names.end(), '\n') > 1) sorted.insert(names);
  }
  std::string out;
  for (const std::string& names : sorted) out += names + "\n";
  return out;
}

ErofsTest::ErofsTest() {
  const char* parent = std::getenv("TMPDIR");
  std::string name = cat(parent == nullptr ? "/tmp" : parent, "/minidock-erofs-XXXXXX");
  directory_ = mkdtemp(name.data());
  image_at_ = directory_ + "/as_image";
  overlay_at_ = directory_ + "/as_overlay";
  make_dir(AT_FDCWD, image_at_, 0755);
  make_dir(AT_FDCWD, overlay_at_, 0755);
}

ErofsTest::~ErofsTest() {
  unmount();
  discard_tree(AT_FDCWD, directory_);
}

void ErofsTest::unmount() {
  EXPECT_TRUE(!image_mounted_ || linux::try_unmount(image_at_, false));
  EXPECT_TRUE(!overlay_mounted_ || linux::try_unmount(overlay_at_, false));
  image_mounted_ = overlay_mounted_ = false;
}

void ErofsTest::clear() {
  unmount();
  for (const Layer& layer : layers_) {
    for (const std::string& path : {layer.directory, layer.tar, layer.tree, layer.index}) discard_tree(AT_FDCWD, path);
  }
  layers_.clear();
}

std::string ErofsTest::make(const std::string& archive, LayerForm form, const Layer& layer) {
  const std::string empty = directory_ + "/empty";
  ensure_dir(AT_FDCWD, empty, 0755);
  ensure_dir(AT_FDCWD, layer.directory, 0755);
  const Fd input = open_file(AT_FDCWD, archive, O_RDONLY);
  const Fd root = open_dir(AT_FDCWD, form == LayerForm::tree ? empty : layer.directory);
  const Fd blob = open_file(AT_FDCWD, layer.tar, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const Fd index = open_file(AT_FDCWD, layer.index, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const Fd tree = open_file(AT_FDCWD, layer.tree, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  UnpackRequest request;
  request.fd = input.get();
  request.source_name = "archive";
  request.blob_fd = blob.get();
  request.directory_fd = root.get();
  request.index_fd = index.get();
  request.has_lower = !layers_.empty();
  request.form = form;
  request.tree_fd = tree.get();
  try {
    unpack_archive(request);
    EXPECT_TRUE(form == LayerForm::directory || list_dir(AT_FDCWD, empty).empty());
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

std::string ErofsTest::add_layer(std::string_view tar) {
  write_file(AT_FDCWD, directory_ + "/archive", tar);
  return add_layer_file(directory_ + "/archive");
}

std::string ErofsTest::add_layer_file(const std::string& path) {
  unmount();
  const std::string base = cat(directory_, "/layer", layers_.size());
  const Layer layer{base, base + ".tar", base + ".tree", base + ".index"};
  discard_tree(AT_FDCWD, layer.directory);
  const std::string unpacked = make(path, LayerForm::directory, layer);
  const std::string index = read_file(AT_FDCWD, layer.index, size_t{256} << 20);
  const std::string described = make(path, LayerForm::tree, layer);
  EXPECT_EQ(described, unpacked);
  if (!unpacked.empty() || !described.empty()) return described;
  EXPECT_EQ(read_file(AT_FDCWD, layer.index, size_t{256} << 20), index);
  layers_.push_back(layer);
  return "";
}

const std::string& ErofsTest::mount_image() {
  erofs::Merge merge;
  std::vector<erofs::Device> devices;
  std::vector<Fd> tars;
  std::vector<std::string> paths;
  for (const Layer& layer : layers_) {
    const Fd tree = open_file(AT_FDCWD, layer.tree, O_RDONLY);
    merge.add_layer(tree.get(), size_of(layer.tar), UnpackLimits());
    tars.push_back(open_file(AT_FDCWD, layer.tar, O_RDONLY));
    devices.push_back({std::string(64, 'a'), size_of(layer.tar), tars.back().get()});
    paths.push_back(layer.tar);
  }
  const Fd image = open_file(AT_FDCWD, image_path(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  erofs::write_image(merge.tree(), devices, {}, image.get());
  const Fd mount = linux::make_erofs(image_path(), paths);
  linux::attach_mount(mount.get(), image_at_);
  image_mounted_ = true;
  return image_at_;
}

void ErofsTest::expect_same() {
  mount_image();
  linux::OverlayDirectories overlay;
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    overlay.lowers.push_back(layer->directory);
    // As the store does: see layer_directories().
    char mark = 0;
    if (getxattr(layer->directory.c_str(), "trusted.overlay.opaque", &mark, 1) == 1) break;
  }
  if (overlay.lowers.size() == 1) {
    overlay.lowers.push_back(directory_ + "/empty");  // an overlay all the same: it may have marks of removed names
  }
  const Fd mount = linux::make_overlay(overlay);
  linux::attach_mount(mount.get(), overlay_at_);
  overlay_mounted_ = true;
  // kernel: overlayfs counts links that the layers above hide.
  const bool with_links = layers_.size() == 1;
  EXPECT_EQ(list_tree(image_at_, false, with_links), list_tree(overlay_at_, false, with_links));
  EXPECT_EQ(list_links(image_at_), list_links(overlay_at_));
}

std::vector<std::string> ErofsTest::layer_tars() const {
  std::vector<std::string> tars;
  for (const Layer& layer : layers_) tars.push_back(layer.tar);
  return tars;
}

void ErofsTest::require_erofs() {
  if (add_layer(TarBuilder().file("probe").finish()) != "") return;
  try {
    mount_image();
    clear();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unsupported) throw;
    GTEST_SKIP() << error.what();
  }
}

}  // namespace minidock::store
