#include "support/unpack_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "store/archive/layer_index.h"

namespace minidock::store {

namespace {

constexpr char kNone[] = "(none)";

std::string read_target(int dir, const std::string& name) {
  char target[PATH_MAX];
  const ssize_t size = readlinkat(dir, name.c_str(), target, sizeof target);
  return size < 0 ? kNone : std::string(target, static_cast<size_t>(size));
}

// " user.a=…" for each, sorted; of files and directories.
std::string read_xattrs(int dir, const std::string& name) {
  const std::string path = cat("/proc/self/fd/", dir, "/", name);
  std::string names(64 << 10, '\0');
  const ssize_t size = llistxattr(path.c_str(), names.data(), names.size());
  if (size <= 0) return "";
  std::vector<std::string> found;
  for (const std::string& key : split(std::string_view(names).substr(0, static_cast<size_t>(size) - 1), '\0')) {
    std::string value(64 << 10, '\0');
    const ssize_t bytes = lgetxattr(path.c_str(), key.c_str(), value.data(), value.size());
    const std::string_view text = std::string_view(value).substr(0, bytes < 0 ? 0 : static_cast<size_t>(bytes));
    found.push_back(cat(' ', key, '=', oci::sha256(text).hex()));
  }
  std::sort(found.begin(), found.end());
  return join(found, "");
}

Seen see(int dir, const std::string& name, const struct stat& info) {
  Seen seen;
  seen.mode = cat(info.st_mode);
  seen.owner = cat(info.st_uid, ':', info.st_gid);
  seen.time = cat(info.st_mtim.tv_sec, '.', info.st_mtim.tv_nsec);
  seen.links = cat(S_ISDIR(info.st_mode) ? 0 : info.st_nlink);
  if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode)) seen.content = cat(" device ", info.st_rdev);
  if (S_ISLNK(info.st_mode)) seen.content = " -> " + read_target(dir, name);
  if (S_ISREG(info.st_mode)) {
    const std::string content = read_file(dir, name, size_t{1} << 30);
    seen.content = cat(" size ", info.st_size, " sha256 ", oci::sha256(content).hex());
  }
  if (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode)) seen.xattrs = read_xattrs(dir, name);
  return seen;
}

std::string describe(int dir, const std::string& name, const struct stat& info, bool with_inode, bool with_links) {
  const Seen seen = see(dir, name, info);
  return cat(seen.mode, ' ', seen.owner, ' ', seen.time, ' ', with_links ? seen.links : "0",
             with_inode ? cat(" inode ", info.st_ino) : "", seen.content, seen.xattrs);
}

void see_below(int dir, const std::string& prefix, std::map<std::string, Seen>& found,
               std::map<ino_t, std::vector<std::string>>& names) {
  for (const std::string& name : list_dir(dir)) {
    struct stat info;
    if (fstatat(dir, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) throw_errno("stat ", name);
    found[prefix + name] = see(dir, name, info);
    if (S_ISDIR(info.st_mode)) {
      see_below(open_dir(dir, name).get(), prefix + name + "/", found, names);
    } else {
      names[info.st_ino].push_back(prefix + name);
    }
  }
}

void list_below(int dir, const std::string& prefix, bool with_inodes, bool with_links, std::string& out) {
  for (const std::string& name : list_dir(dir)) {
    struct stat info;
    if (fstatat(dir, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      // kernel: overlayfs lists marks of removed names in a directory that has nothing below it; they cannot be found.
      if (errno == ENOENT) continue;
      throw_errno("stat ", name);
    }
    out += cat(printable(prefix + name), ' ', describe(dir, name, info, with_inodes, with_links), '\n');
    if (S_ISDIR(info.st_mode)) {
      const Fd below = open_file(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      list_below(below.get(), prefix + name + "/", with_inodes, with_links, out);
    }
  }
}

}  // namespace

std::string list_tree(const std::string& path, bool with_inodes, bool with_links) {
  std::string out;
  list_below(open_dir(AT_FDCWD, path).get(), "", with_inodes, with_links, out);
  return out;
}

std::map<std::string, Seen> see_tree(const std::string& path) {
  std::map<std::string, Seen> found;
  std::map<ino_t, std::vector<std::string>> names;
  see_below(open_dir(AT_FDCWD, path).get(), "", found, names);
  for (const auto& [inode, group] : names) {
    for (const std::string& name : group) found[name].links = join(group, " ");
  }
  return found;
}

int rounds_of(int few, int many) {
  const char* told = std::getenv("MINIDOCK_TEST_ROUNDS");
  if (told != nullptr) return std::atoi(told);
  return long_tests() ? many : few;
}

bool long_tests() {
  const char* value = std::getenv("MINIDOCK_TEST_LONG");
  return value != nullptr && *value != 0;
}

std::string Layer::text(const std::string& name) const {
  return S_ISREG(info(name).st_mode) ? read_file(AT_FDCWD, path_ + "/" + name) : kNone;
}

std::string Layer::link(const std::string& name) const {
  return read_target(AT_FDCWD, path_ + "/" + name);
}

struct stat Layer::info(const std::string& name) const {
  struct stat info = {};
  if (lstat((path_ + "/" + name).c_str(), &info) != 0) info = {};
  return info;
}

std::string Layer::xattr(const std::string& name, const std::string& key) const {
  char value[65536];
  const ssize_t size = lgetxattr((path_ + "/" + name).c_str(), key.c_str(), value, sizeof value);
  return size < 0 ? kNone : std::string(value, static_cast<size_t>(size));
}

std::string Layer::warnings() const {
  return join(result_.warnings, "; ");
}

std::vector<std::string> Layer::names() const {
  std::vector<std::string> names;
  const Fd index = open_file(AT_FDCWD, path_ + "/../index", O_RDONLY);
  read_layer_index(index.get(), [&](const IndexEntry& entry) { names.push_back(entry.path); });
  return names;
}

UnpackTest::UnpackTest() {
  const char* parent = std::getenv("TMPDIR");
  std::string name = cat(parent == nullptr ? "/tmp" : parent, "/minidock-unpack-XXXXXX");
  directory_ = mkdtemp(name.data());
  canary_ = directory_ + "/canary";
  make_dir(AT_FDCWD, canary_, 0700);
  make_dir(AT_FDCWD, canary_ + "/d", 0700);
  write_file(AT_FDCWD, canary_ + "/f", "canary", 0600);
}

UnpackTest::~UnpackTest() {
  discard_tree(AT_FDCWD, directory_);
}

std::string UnpackTest::outside() const {
  std::string rest;
  for (const std::string& name : list_dir(AT_FDCWD, directory_)) {
    if (name != "layer" && name != "blob" && name != "index" && name != "archive") rest += name + "\n";
  }
  return rest + list_tree(canary_, true);
}

std::string UnpackTest::unpack(std::string_view archive, UnpackResult* result) {
  write_file(AT_FDCWD, archive_path(), archive);
  return unpack_file(archive_path(), result);
}

std::string UnpackTest::unpack_file(const std::string& path, UnpackResult* result) {
  discard_tree(AT_FDCWD, layer_path());
  make_dir(AT_FDCWD, layer_path(), 0755);
  const Fd archive = open_file(AT_FDCWD, path, O_RDONLY);
  const Fd root = open_dir(AT_FDCWD, layer_path());
  const Fd blob = open_file(AT_FDCWD, directory_ + "/blob", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const Fd index = open_file(AT_FDCWD, directory_ + "/index", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  try {
    const UnpackResult got =
        unpack_archive({archive.get(), "archive", blob.get(), root.get(), index.get(), limits_, {}});
    if (result != nullptr) *result = got;
    return "";
  } catch (const Error& error) {
    last_kind_ = error.kind();
    return error.what();
  }
}

void UnpackTest::refuse(std::string_view archive, std::string_view reason) {
  const std::string before = outside();
  const std::string message = unpack(archive);
  EXPECT_NE(message, "") << "accepted";
  EXPECT_NE(message.find(reason), std::string::npos) << "message: " << message << "\nwanted: " << reason;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  EXPECT_EQ(outside(), before);
}

Layer UnpackTest::accept(std::string_view archive) {
  const std::string before = outside();
  UnpackResult result;
  EXPECT_EQ(unpack(archive, &result), "");
  EXPECT_EQ(outside(), before);
  return {layer_path(), result};
}

}  // namespace minidock::store
