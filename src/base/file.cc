#include "base/file.h"

#include <dirent.h>
#include <sys/file.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/error.h"

namespace minidock {

namespace {
struct DirCloser {
  void operator()(DIR* stream) const { closedir(stream); }
};
using DirStream = std::unique_ptr<DIR, DirCloser>;

int open_retry(int dir, const char* path, int flags, mode_t mode) {
  for (;;) {
    const int fd = openat(dir, path, flags | O_CLOEXEC, mode);
    if (fd >= 0 || errno != EINTR) return fd;
  }
}

DirStream open_stream(Fd fd, const std::string& path) {
  DirStream stream(fdopendir(fd.get()));
  if (!stream) throw_errno("read directory ", path);
  fd.release();
  return stream;
}

bool is_dot(const char* name) {
  return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}
}  // namespace

Fd open_file(int dir, const std::string& path, int flags, mode_t mode) {
  const int fd = open_retry(dir, path.c_str(), flags, mode);
  if (fd < 0) throw_errno("open ", path);
  return Fd(fd);
}

Fd open_dir(int dir, const std::string& path) {
  return open_file(dir, path, O_RDONLY | O_DIRECTORY);
}

std::optional<Fd> find_file(int dir, const std::string& path, int flags) {
  const int fd = open_retry(dir, path.c_str(), flags, 0);
  if (fd >= 0) return Fd(fd);
  if (errno == ENOENT) return std::nullopt;
  throw_errno("open ", path);
}

bool is_same_file(int one, int other) {
  struct stat a {
  }, b{};
  return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool exists_at(int dir, const std::string& path) {
  struct stat info;
  if (fstatat(dir, path.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  throw_errno("stat ", path);
}

size_t read_some(int fd, void* buffer, size_t size) {
  for (;;) {
    const ssize_t got = read(fd, buffer, size);
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) throw_errno("read");
  }
}

std::string read_fd(int fd, size_t limit) {
  std::string data;
  char buffer[16384];
  while (const size_t got = read_some(fd, buffer, sizeof buffer)) {
    if (data.size() + got > limit) throw_error(ErrorKind::exhausted, "read: more than ", limit, " bytes");
    data.append(buffer, got);
  }
  return data;
}

std::string read_file(int dir, const std::string& path, size_t limit) {
  const Fd fd = open_file(dir, path, O_RDONLY);
  try {
    return read_fd(fd.get(), limit);
  } catch (const Error& error) {
    throw error.with_context(path);
  }
}

std::optional<std::string> find_file_text(int dir, const std::string& path, size_t limit) {
  const std::optional<Fd> fd = find_file(dir, path, O_RDONLY);
  if (!fd) return std::nullopt;
  return read_fd(fd->get(), limit);
}

void write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t put = write(fd, data.data(), data.size());
    if (put < 0) {
      if (errno == EINTR) continue;
      throw_errno("write");
    }
    data.remove_prefix(static_cast<size_t>(put));
  }
}

void write_file(int dir, const std::string& path, std::string_view data, mode_t mode) {
  const Fd fd = open_file(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
  try {
    write_all(fd.get(), data);
  } catch (const Error& error) {
    throw error.with_context(path);
  }
}

void replace_file_durably(int dir, const std::string& path, std::string_view data, mode_t mode) {
  const std::string draft = path + ".new";
  {
    const Fd fd = open_file(dir, draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
    write_all(fd.get(), data);
    sync_fd(fd.get(), draft);
  }
  rename_at(dir, draft, dir, path);
  const size_t slash = path.rfind('/');
  sync_dir(dir, slash == std::string::npos ? "." : path.substr(0, std::max<size_t>(slash, 1)));
}

void make_dir(int dir, const std::string& path, mode_t mode) {
  if (mkdirat(dir, path.c_str(), mode) != 0) throw_errno("create directory ", path);
}

bool ensure_dir(int dir, const std::string& path, mode_t mode) {
  if (mkdirat(dir, path.c_str(), mode) == 0) return true;
  if (errno != EEXIST) throw_errno("create directory ", path);
  return false;
}

void ensure_dirs(const std::string& absolute_path, mode_t mode) {
  for (size_t at = absolute_path.find('/', 1);; at = absolute_path.find('/', at + 1)) {
    const std::string prefix = absolute_path.substr(0, at);
    if (mkdirat(AT_FDCWD, prefix.c_str(), at == std::string::npos ? mode : 0755) != 0 && errno != EEXIST) {
      throw_errno("create directory ", prefix);
    }
    if (at == std::string::npos) return;
  }
}

void sync_fd(int fd, std::string_view what) {
  // Never retried: after a failure the kernel may have marked the pages clean.
  if (fsync(fd) != 0) throw_errno("make durable ", what);
}

void sync_dir(int dir, const std::string& path) {
  sync_fd(open_dir(dir, path).get(), path);
}

void rename_at(int from_dir, const std::string& from, int to_dir, const std::string& to) {
  if (renameat(from_dir, from.c_str(), to_dir, to.c_str()) != 0) throw_errno("rename ", from, " to ", to);
}

bool try_rename_noreplace(int from_dir, const std::string& from, int to_dir, const std::string& to) {
  if (renameat2(from_dir, from.c_str(), to_dir, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;
  throw_errno("rename ", from, " to ", to);
}

void remove_file(int dir, const std::string& path) {
  if (unlinkat(dir, path.c_str(), 0) != 0) throw_errno("remove ", path);
}

bool discard_file(int dir, const std::string& path) {
  if (unlinkat(dir, path.c_str(), 0) == 0) return true;
  if (errno == ENOENT) return false;
  throw_errno("remove ", path);
}

namespace {
uint64_t freed_by_unlink(const struct stat& info) {
  return info.st_nlink <= 1 && S_ISREG(info.st_mode) ? static_cast<uint64_t>(info.st_blocks) * 512 : 0;
}

// Unlinks all that is not a directory in `dir`, and moves each sub-directory that cannot be removed
// empty up into `top` under a fresh name, so that depth never becomes recursion or a long path.
uint64_t empty_one_level(int top, Fd dir, dev_t device, uint64_t& serial) {
  uint64_t freed = 0;
  const int fd = dir.get();
  const DirStream stream = open_stream(std::move(dir), "tree");
  while (const dirent* entry = readdir(stream.get())) {
    if (is_dot(entry->d_name)) continue;
    struct stat info;
    if (fstatat(fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!S_ISDIR(info.st_mode)) {
      if (unlinkat(fd, entry->d_name, 0) != 0 && errno != ENOENT) throw_errno("remove ", entry->d_name);
      freed += freed_by_unlink(info);
      continue;
    }
    if (info.st_dev != device) throw_error(ErrorKind::in_use, "remove ", entry->d_name, ": something is mounted on it");
    if (unlinkat(fd, entry->d_name, AT_REMOVEDIR) == 0 || errno == ENOENT) continue;
    // Doomed names that an interrupted removal has left, or the tree's own of that form, are passed over.
    while (!try_rename_noreplace(fd, entry->d_name, top, cat(".doomed.", serial))) ++serial;
    ++serial;
  }
  return freed;
}
}  // namespace

uint64_t discard_tree(int dir, const std::string& path) {
  struct stat info;
  if (fstatat(dir, path.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return 0;
    throw_errno("remove ", path);
  }
  if (!S_ISDIR(info.st_mode)) {
    discard_file(dir, path);
    return freed_by_unlink(info);
  }
  if (unlinkat(dir, path.c_str(), AT_REMOVEDIR) == 0) return 0;
  const Fd top = open_file(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  uint64_t serial = 0;
  uint64_t freed = empty_one_level(top.get(), open_dir(top.get(), "."), info.st_dev, serial);
  for (;;) {
    const std::vector<std::string> rest = list_dir(top.get());
    if (rest.empty()) break;
    for (const std::string& name : rest) {
      if (unlinkat(top.get(), name.c_str(), AT_REMOVEDIR) == 0) continue;
      freed += empty_one_level(top.get(), open_file(top.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), info.st_dev,
                               serial);
      if (unlinkat(top.get(), name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) throw_errno("remove ", name);
    }
  }
  if (unlinkat(dir, path.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) throw_errno("remove ", path);
  return freed;
}

std::string absolute_path(const std::string& path) {
  if (path.starts_with('/')) return path;
  char buffer[4096];
  if (!getcwd(buffer, sizeof buffer)) throw_errno("get the current directory");
  return cat(std::string_view(buffer), "/", path);
}

std::vector<std::string> list_dir(int dir, const std::string& path) {
  const DirStream stream = open_stream(open_dir(dir, path), path);
  std::vector<std::string> names;
  while (const dirent* entry = readdir(stream.get())) {
    if (!is_dot(entry->d_name)) names.emplace_back(entry->d_name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool try_lock_file(int fd) {
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  throw_errno("lock file");
}

void lock_file(int fd) {
  while (flock(fd, LOCK_EX) != 0) {
    if (errno != EINTR) throw_errno("lock file");
  }
}

}  // namespace minidock
