// Names that begin with ".wh.": a first layer has nothing to hide, so good ones have no effect; bad ones end the
// import.
#include <algorithm>

#include "support/unpack_fixture.h"

namespace minidock::store {
namespace {

using UnpackWhiteouts = UnpackTest;

TEST_F(UnpackWhiteouts, MarksThatNameNothing) {
  for (const char* name : {".wh.", ".wh..", ".wh...", "a/.wh.", "a/.wh..", "a/.wh..."}) {
    refuse(TarBuilder().file(name, "").finish(), "a whiteout mark that names nothing");
  }
}

TEST_F(UnpackWhiteouts, MarksAreNotDirectories) {
  refuse(TarBuilder().file(".wh.x/y", "").finish(), "a whiteout mark (.wh.) is used as a directory");
  refuse(TarBuilder().directory("d/.wh.x").finish(), "must be a regular file");
  refuse(TarBuilder().file(".wh..wh..opq/y", "").finish(), "is used as a directory");
}

TEST_F(UnpackWhiteouts, MarksAreRegularFiles) {
  refuse(TarBuilder().symlink(".wh.x", "/etc").finish(), "must be a regular file");
  refuse(TarBuilder().file("f").hardlink(".wh.x", "f").finish(), "must be a regular file");
  refuse(TarBuilder().node(".wh.x", '3', 1, 3).finish(), "must be a regular file");
  refuse(TarBuilder().node(".wh..wh..opq", '6', 0, 0).finish(), "must be a regular file");
}

TEST_F(UnpackWhiteouts, AFirstLayerHidesNothing) {
  const Layer layer = accept(TarBuilder()
                                 .file("a", "1")
                                 .file(".wh.a", "")
                                 .file(".wh.none", "data")
                                 .file("d/x", "2")
                                 .file("d/.wh..wh..opq", "")
                                 .file("d/.wh.x", "")
                                 .file("d/.wh..wh..opq", "")
                                 .file(".wh..wh..opq", "")
                                 .file("b", "3")
                                 .finish());
  EXPECT_EQ(layer.names(), (std::vector<std::string>{".", "a", "b", "d", "d/x"}));
  EXPECT_EQ(layer.text("a") + layer.text("d/x") + layer.text("b"), "123");
  EXPECT_NE(layer.warnings().find("6 whiteout entries (.wh.*) hide nothing"), std::string::npos);
}

TEST_F(UnpackWhiteouts, ThroughALinkStaysInside) {
  const Layer layer = accept(TarBuilder().symlink("d", canary()).file("d/.wh.f", "").finish());
  const std::vector<std::string> names = layer.names();
  EXPECT_EQ(std::count(names.begin(), names.end(), "d"), 1);
  EXPECT_TRUE(names.back().ends_with("/f")) << names.back();  // below what the link leads to in the layer
}

TEST_F(UnpackWhiteouts, TheBooksOfAufsAreSkipped) {
  const Layer layer = accept(TarBuilder()
                                 .directory(".wh..wh.plnk")
                                 .file(".wh..wh.plnk/1.2", "x")
                                 .file(".wh..wh.aufs", "")
                                 .directory(".wh..wh.orph")
                                 .file("a")
                                 .finish());
  EXPECT_EQ(layer.names(), std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace minidock::store
