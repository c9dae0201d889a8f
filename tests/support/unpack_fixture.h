// Unpacks archives in a directory of its own, beside a canary that hostile archives aim at, and compares all that
// is not the layer before and after. For root.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "store/archive/unpack.h"
#include "support/tar_builder.h"

namespace minidock::store {

// What one unpacking left in its directory.
class Layer {
 public:
  Layer(std::string path, UnpackResult result) : path_(std::move(path)), result_(std::move(result)) {}
  const UnpackResult& result() const { return result_; }
  const std::string& path() const { return path_; }  // absolute, of the layer's root
  std::string text(const std::string& name) const;   // of a regular file, links not followed; "(none)"
  std::string link(const std::string& name) const;   // target of a symbolic link; "(none)"
  struct stat info(const std::string& name) const;   // lstat; all zero where there is nothing
  bool exists(const std::string& name) const { return info(name).st_mode != 0; }
  bool is_dir(const std::string& name) const { return S_ISDIR(info(name).st_mode); }
  std::string xattr(const std::string& name, const std::string& key) const;  // "(none)"
  std::string warnings() const;                                              // joined by "; "
  std::vector<std::string> names() const;                                    // of the index, in its order

 private:
  std::string path_;
  UnpackResult result_;
};

class UnpackTest : public ::testing::Test {
 protected:
  UnpackTest();
  ~UnpackTest() override;

  const std::string& canary() const { return canary_; }  // holds f ("canary", 0600) and d/

  // Unpacks `archive`, which must be refused with a message that holds `reason`, on one line.
  void refuse(std::string_view archive, std::string_view reason);
  // Unpacks `archive`, which must succeed. The layer lives until the next call.
  Layer accept(std::string_view archive);

  // Without expectations of its own: the message of the refusal, or "" and the layer's figures in `result`.
  std::string unpack(std::string_view archive, UnpackResult* result = nullptr);
  std::string unpack_file(const std::string& path, UnpackResult* result = nullptr);

  UnpackLimits limits_;
  std::optional<ErrorKind> last_kind_;  // of the last refusal
  std::string directory_;               // the test's own: canary/, layer/, blob, index
  std::string archive_path() const { return directory_ + "/archive"; }
  std::string layer_path() const { return directory_ + "/layer"; }
  // What is in directory_ besides the layer and the three files, and names, types, inodes, modes, owners, times and
  // contents of all in the canary.
  std::string outside() const;

 private:
  std::string canary_;
};

// What is to be seen of one thing in a tree. `links`: how many names it has, or with see_tree() these names.
struct Seen {
  std::string mode, owner, time, links, content, xattrs;  // content: "size 3 sha256 …", "-> target", "device 259"
};
std::map<std::string, Seen> see_tree(const std::string& path);  // by paths, as they are

// One line for each thing below `path`: name, type, mode, owner, size, time (of directories too), target, content,
// extended attributes, and how many links it has.
std::string list_tree(const std::string& path, bool with_inodes, bool with_links = true);

// MINIDOCK_TEST_LONG is set: the campaigns that take minutes.
bool long_tests();
// How often to try what is made by chance: as MINIDOCK_TEST_ROUNDS says, else `few` or, with long_tests(), `many`.
int rounds_of(int few, int many);

}  // namespace minidock::store
