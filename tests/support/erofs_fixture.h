// Layers made in both forms from the same tars, and both shown by the kernel: unpacked and stacked by overlayfs, and as
// one EROFS image whose data lies in the tars. What differs is a bug of the one or the other. For root.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "store/archive/unpack.h"
#include "support/tar_builder.h"

namespace minidock::store {

class ErofsTest : public testing::Test {
 protected:
  ErofsTest();
  ~ErofsTest() override;

  // The next layer of both stacks. A tar that one form refuses must be refused by the other, with the same message,
  // which is returned; "" when both take it.
  std::string add_layer(std::string_view tar);
  std::string add_layer_file(const std::string& path);
  void unmount();
  void clear();  // no layers any more, nothing mounted

  // Mounts the EROFS image of the layers, and returns where; without overlayfs' side.
  const std::string& mount_image();
  // Both mounted and compared, all there is to be seen of either.
  void expect_same();
  std::vector<std::string> layer_tars() const;                                     // bottom first
  const std::string& layer_directory() const { return layers_.back().directory; }  // of the newest, unpacked
  const std::string& image_at() const { return image_at_; }

  // Skips the test where the kernel has no file-backed EROFS, or not on this file system.
  void require_erofs();

  std::string directory_;
  std::string image_path() const { return directory_ + "/image"; }

 private:
  struct Layer {
    std::string directory, tar, tree, index;
  };
  std::string make(const std::string& archive, LayerForm form, const Layer& layer);
  std::vector<Layer> layers_;
  std::string image_at_, overlay_at_;
  bool image_mounted_ = false, overlay_mounted_ = false;
};

// Names that are hard links of each other, a line for each such file.
std::string list_links(const std::string& path);

}  // namespace minidock::store
