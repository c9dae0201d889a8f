// What is not an archive of a root filesystem, each named .tar by somebody: recognised, with advice.
#include "support/unpack_fixture.h"

namespace minidock::store {
namespace {

using UnpackKinds = UnpackTest;

const std::string kHex(64, 'a');

TEST_F(UnpackKinds, OtherFormats) {
  const std::pair<std::string, std::string> cases[] = {
      {"070701" + std::string(200, '0'), "a cpio archive"},
      {"PK\3\4" + std::string(200, 'z'), "a zip file"},
      {"7z\xbc\xaf\x27\x1c" + std::string(200, 'z'), "a 7z file"},
      {"Rar!\x1a\x07\x01" + std::string(200, 'z'), "a rar file"},
      {std::string(32769, '\0') + "CD001" + std::string(5000, '\0'), "an ISO 9660 image"},
      {"\x7f"
       "ELF" +
           std::string(1000, '\2'),
       "an ELF program"},
      {"!<arch>\ndebian-binary   1", "a Debian package"},
      {"<!DOCTYPE html><html>not found</html>", "a web page"},
      {"random bytes of no format at all", "of no known format"},
  };
  for (const auto& [bytes, name] : cases)
    refuse(bytes, "not a tar archive: this is " + name + "; make a root filesystem archive");
}

TEST_F(UnpackKinds, DockerSaveIsNotARootFilesystem) {
  const std::string advice = "not a root filesystem: this is an archive of images made by `docker save`";
  refuse(TarBuilder()
             .directory(kHex)
             .file(kHex + "/VERSION", "1.0")
             .file(kHex + "/json", "{}")
             .file(kHex + "/layer.tar", "x")
             .file(kHex + ".json", "{}")
             .file("manifest.json", "[]")
             .file("repositories", "{}")
             .finish(),
         advice);
  refuse(TarBuilder()
             .directory("blobs")
             .directory("blobs/sha256")
             .file("blobs/sha256/" + kHex, "x")
             .file("index.json", "{}")
             .file("manifest.json", "[]")
             .file("oci-layout", "{}")
             .finish(),
         advice);
}

TEST_F(UnpackKinds, AnOciLayoutIsNotARootFilesystem) {
  refuse(TarBuilder()
             .file("oci-layout", "{}")
             .directory("blobs")
             .directory("blobs/sha256")
             .file("index.json", "{}")
             .finish(),
         "this is an OCI image layout, which `minidock load` takes");
  refuse(gzipped(TarBuilder().file("oci-layout", "{}").file("index.json", "{}").finish()), "docker export");
}

TEST_F(UnpackKinds, ARootFilesystemMayHoldSuchNames) {
  accept(TarBuilder()
             .directory("bin")
             .file("manifest.json", "[]")
             .directory("blobs")
             .file("oci-layout", "{}")
             .file("index.json")
             .finish());
}

TEST_F(UnpackKinds, KindsOfErrors) {
  unpack("PK\3\4");
  EXPECT_EQ(last_kind_, ErrorKind::invalid);
  unpack(TarBuilder().file("../x").finish());
  EXPECT_EQ(last_kind_, ErrorKind::invalid);
  unpack(TarBuilder().file("a", std::string(600, 'x')).finish().substr(0, 700));
  EXPECT_EQ(last_kind_, ErrorKind::corrupt);
  limits_.entries = 1;
  unpack(TarBuilder().file("a").file("b").finish());
  EXPECT_EQ(last_kind_, ErrorKind::exhausted);
}

}  // namespace
}  // namespace minidock::store
