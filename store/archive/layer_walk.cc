#include "store/archive/layer_walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "store/archive/attributes.h"
#include "store/archive/path.h"

namespace minidock::store {

namespace {

struct StreamCloser {
  void operator()(DIR* stream) const { closedir(stream); }
};

// The names in one directory, sorted. One block of text and four bytes a name: a directory may hold a million.
class Names {
 public:
  explicit Names(int directory) {
    const std::unique_ptr<DIR, StreamCloser> stream(fdopendir(open_dir(directory, ".").release()));
    if (!stream) throw_errno("read directory");
    while (const dirent* entry = readdir(stream.get())) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      starts_.push_back(static_cast<uint32_t>(text_.size()));
      text_.append(name).push_back('\0');
    }
    std::sort(starts_.begin(), starts_.end(), [this](uint32_t a, uint32_t b) { return at(a) < at(b); });
  }
  // The next name, or nullptr after the last.
  const char* next() { return position_ == starts_.size() ? nullptr : text_.data() + starts_[position_++]; }

 private:
  std::string_view at(uint32_t start) const { return text_.data() + start; }
  std::string text_;
  std::vector<uint32_t> starts_;
  size_t position_ = 0;
};

class Walk {
 public:
  Walk(int root, const LateDirectories& late, const FileDigests& digests, const OpaqueDirectories& opaque,
       uint64_t path_bytes, LayerIndexWriter& index)
      : directory_(open_dir(root, ".")),
        late_(late),
        digests_(digests),
        opaque_(opaque),
        path_bytes_(path_bytes),
        index_(index),
        empty_(oci::sha256("")) {}

  std::vector<std::string> take_hiding() { return std::move(hiding_); }

  void run() {
    struct stat info;
    if (fstat(directory_.get(), &info) != 0) throw_errno("stat");
    if (opaque_.contains(info.st_ino)) {
      path_ = ".";
      IndexEntry root = describe(path_, info);
      root.mtime = 0;  // of now: no entry of the tar counts for the root
      index_.add(root);
      path_.clear();
    }
    levels_.push_back({Names(directory_.get()), 0});
    while (!levels_.empty()) {
      const char* name = levels_.back().names.next();
      if (name == nullptr) {
        leave();
      } else {
        visit(name);
      }
    }
  }

 private:
  struct Level {
    Names names;
    size_t parent_length;  // of path_, before this directory's name was added
    bool hides = false;    // has marks of removed names
  };

  void visit(const std::string& name) {
    struct stat info;
    if (fstatat(directory_.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) throw_errno("stat ", name);
    const size_t length = path_.size();
    if (!path_.empty()) path_ += '/';
    path_ += name;
    if (path_.size() > path_bytes_) {
      throw_error(ErrorKind::exhausted, "entry ", shown(path_), ": behind links its path has over ", path_bytes_,
                  " bytes");
    }
    index_.add(describe(name, info));
    if (S_ISCHR(info.st_mode) && info.st_rdev == 0) note_hiding(length);
    if (S_ISDIR(info.st_mode)) {
      directory_ = open_file(directory_.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      levels_.push_back({Names(directory_.get()), length});
    } else {
      path_.resize(length);
    }
  }

  // The directory whose path has `length` bytes; its names come one after the other.
  void note_hiding(size_t length) {
    if (levels_.back().hides) return;
    levels_.back().hides = true;
    hiding_.push_back(length == 0 ? "." : path_.substr(0, length));
  }

  IndexEntry describe(const std::string& name, const struct stat& info) {
    IndexEntry entry;
    entry.path = path_;
    entry.mode = info.st_mode;
    entry.uid = info.st_uid;
    entry.gid = info.st_gid;
    entry.mtime = static_cast<Nanoseconds>(info.st_mtim.tv_sec) * kSecond + info.st_mtim.tv_nsec;
    entry.device = info.st_rdev;
    if (S_ISDIR(info.st_mode)) {
      if (const auto late = late_.find(info.st_ino); late != late_.end()) entry.mtime = late->second.mtime;
      entry.opaque = opaque_.contains(info.st_ino);
    } else if (S_ISLNK(info.st_mode)) {
      entry.target = read_target(name);
    } else if (S_ISREG(info.st_mode)) {
      entry.size = static_cast<uint64_t>(info.st_size);
      entry.sha256 = entry.size == 0 ? empty_ : digests_.at(info.st_ino);
      if (info.st_nlink > 1) entry.link = links_.try_emplace(info.st_ino, links_.size() + 1).first->second;
    }
    return entry;
  }

  std::string read_target(const std::string& name) {
    char target[PATH_MAX];
    const ssize_t size = readlinkat(directory_.get(), name.c_str(), target, sizeof target);
    if (size < 0) throw_errno("read link ", name);
    return {target, static_cast<size_t>(size)};
  }

  void leave() {
    struct stat info;
    if (fstat(directory_.get(), &info) != 0) throw_errno("stat ", path_);
    path_.resize(levels_.back().parent_length);
    levels_.pop_back();
    // order: the index has been told of this directory; its time is set when the last name in it has been read.
    if (const auto late = late_.find(info.st_ino); late != late_.end()) {
      if (!late->second.default_acl.empty()) set_default_acl(directory_.get(), late->second.default_acl);
      set_mtime(directory_.get(), late->second.mtime);
    }
    // The tree has no other user, so ".." is where we came from.
    if (!levels_.empty()) directory_ = open_dir(directory_.get(), "..");
  }

  Fd directory_;
  std::string path_;
  std::vector<Level> levels_;
  std::vector<std::string> hiding_;
  const LateDirectories& late_;
  const FileDigests& digests_;
  const OpaqueDirectories& opaque_;
  const uint64_t path_bytes_;
  std::unordered_map<ino_t, uint64_t> links_;
  LayerIndexWriter& index_;
  const oci::Digest empty_;
};

}  // namespace

std::vector<std::string> finish_layer(int root, const LateDirectories& late, const FileDigests& digests,
                                      const OpaqueDirectories& opaque, uint64_t path_bytes, LayerIndexWriter& index) {
  Walk walk(root, late, digests, opaque, path_bytes, index);
  walk.run();
  index.finish();
  return walk.take_hiding();
}

}  // namespace minidock::store
