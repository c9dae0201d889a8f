// Files by directory descriptor and relative name. `dir` is borrowed; AT_FDCWD with an absolute path works.
// All opens are O_CLOEXEC; EINTR and short transfers are handled here; failures throw Error naming the path.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace minidock {

Fd open_file(int dir, const std::string& path, int flags, mode_t mode = 0);
Fd open_dir(int dir, const std::string& path);                             // O_DIRECTORY
std::optional<Fd> find_file(int dir, const std::string& path, int flags);  // nullopt: ENOENT only
bool is_same_file(int one, int other);             // device and inode of two descriptors; false where either has none
bool exists_at(int dir, const std::string& path);  // lstat; other errors than ENOENT, ENOTDIR throw

std::string read_file(int dir, const std::string& path, size_t limit = 16 << 20);  // over `limit`: throws exhausted
std::optional<std::string> find_file_text(int dir, const std::string& path, size_t limit = 16 << 20);
std::string read_fd(int fd, size_t limit);            // to end of file
size_t read_some(int fd, void* buffer, size_t size);  // 0 at end of file
void write_all(int fd, std::string_view data);

void write_file(int dir, const std::string& path, std::string_view data, mode_t mode = 0600);  // created or truncated
// Written to a sibling, fsynced, renamed over `path`, directory fsynced: old or new after any crash.
void replace_file_durably(int dir, const std::string& path, std::string_view data, mode_t mode = 0600);

void make_dir(int dir, const std::string& path, mode_t mode);     // throws conflict if there
bool ensure_dir(int dir, const std::string& path, mode_t mode);   // true if made now; parents must exist
void ensure_dirs(const std::string& absolute_path, mode_t mode);  // with parents
void sync_fd(int fd, std::string_view what);
void sync_dir(int dir, const std::string& path);

void rename_at(int from_dir, const std::string& from, int to_dir, const std::string& to);
bool try_rename_noreplace(int from_dir, const std::string& from, int to_dir, const std::string& to);  // false: EEXIST
void remove_file(int dir, const std::string& path);   // throws not_found
bool discard_file(int dir, const std::string& path);  // true if it was there
// Removes `path` and all below it, never following a link and never crossing a mount. Stack use does not
// grow with depth. Missing is fine. Returns the bytes of file data unlinked (st_blocks * 512, last links).
uint64_t discard_tree(int dir, const std::string& path);

std::string absolute_path(const std::string& path);  // the caller's own directory before a relative one
std::vector<std::string> list_dir(int dir, const std::string& path = ".");  // sorted, without . and ..

// flock(LOCK_EX | LOCK_NB): false when another open file description holds it.
bool try_lock_file(int fd);
void lock_file(int fd);  // waits

}  // namespace minidock
