#include "store/leases.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"

namespace minidock::store {

namespace {
constexpr std::array<std::string_view, 8> kKindNames = {"import", "layer", "container",  "volume",
                                                        "sweep",  "image", "signatures", "migration"};
constexpr size_t kTagBytes = 8;

std::string file_name(const LeaseName& name) {
  const std::string_view kind = kKindNames[static_cast<size_t>(name.kind)];
  std::string file = cat("lease.", name.tag, ".", kind);
  if (!name.subject.empty()) file += cat(".", name.subject);
  return file;
}

// Is the file we hold the one that the name leads to?
bool is_linked_as(int tmp, const std::string& file, int fd) {
  struct stat held, named;
  if (fstat(fd, &held) != 0 || fstatat(tmp, file.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0) return false;
  return held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}
}  // namespace

std::optional<LeaseName> parse_lease_name(std::string_view file) {
  constexpr std::string_view kPrefix = "lease.";
  const std::optional<std::string> tag = tag_of(file);
  if (!tag || !file.starts_with(kPrefix)) return std::nullopt;
  std::string_view rest = file.substr(kPrefix.size() + tag->size());
  if (rest.empty()) return std::nullopt;
  rest.remove_prefix(1);
  const size_t dot = rest.find('.');
  const std::string_view kind = rest.substr(0, dot);
  for (size_t index = 0; index < kKindNames.size(); ++index) {
    if (kind != kKindNames[index]) continue;
    const std::string subject(dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1));
    return LeaseName{std::string(file), *tag, static_cast<LeaseKind>(index), subject};
  }
  return std::nullopt;
}

std::optional<std::string> tag_of(std::string_view file) {
  for (const std::string_view prefix : {"lease.", "draft.", "trash."}) {
    if (!file.starts_with(prefix)) continue;
    const std::string_view tag = file.substr(prefix.size(), 2 * kTagBytes);
    const std::string_view rest = file.substr(prefix.size() + tag.size());
    if (tag.size() == 2 * kTagBytes && is_hex(tag) && (rest.empty() || rest[0] == '.')) return std::string(tag);
  }
  return std::nullopt;
}

bool is_alive(int tmp, const LeaseName& name) {
  const std::optional<Fd> fd = find_file(tmp, name.file, O_RDONLY | O_NOFOLLOW);
  if (!fd) return false;
  // The lock, if we get it, is gone again with the descriptor.
  return !try_lock_file(fd->get());
}

// race: a sweeper may find the new file before we have locked it, and then does what its name asks for. So it is born
// under a name that asks for nothing, and gets its own only when locked. (O_TMPFILE and linkat would do too, but not on
// every file system.)
Lease Lease::create(int tmp, LeaseKind kind, std::string_view subject) {
  for (;;) {
    LeaseName name{"", random_hex(kTagBytes), kind, std::string(subject)};
    name.file = file_name(name);
    const std::string birth_name = file_name({"", name.tag, LeaseKind::sweep, ""});
    Fd fd = open_file(tmp, birth_name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (try_lock_file(fd.get()) && is_linked_as(tmp, birth_name, fd.get())) {
      if (birth_name != name.file) rename_at(tmp, birth_name, tmp, name.file);
      return {tmp, std::move(name), std::move(fd)};
    }
    discard_file(tmp, birth_name);
  }
}

Lease Lease::try_create(int tmp, LeaseKind kind, std::string_view subject) {
  try {
    return create(tmp, kind, subject);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::exhausted) throw;
    return {};
  }
}

std::optional<Lease> Lease::try_adopt(int tmp, const LeaseName& name) {
  std::optional<Fd> fd = find_file(tmp, name.file, O_RDWR | O_NOFOLLOW);
  if (!fd || !try_lock_file(fd->get()) || !is_linked_as(tmp, name.file, fd->get())) return std::nullopt;
  Lease lease(tmp, name, std::move(*fd));
  // Trash of the dead maker keeps its numbers; ours must not collide with them.
  while (exists_at(tmp, cat("trash.", name.tag, ".", lease.thrown_))) ++lease.thrown_;
  return lease;
}

void Lease::throw_away(int dir, const std::string& path) {
  if (!fd_) {  // no lease on a full disk: then at once
    discard_tree(dir, path);
    return;
  }
  const std::string trash = cat("trash.", name_.tag, ".", thrown_);
  if (renameat(dir, path.c_str(), tmp_, trash.c_str()) == 0) {
    ++thrown_;
  } else if (errno != ENOENT) {
    throw_errno("remove ", path);
  }
}

uint64_t Lease::empty_trash() {
  uint64_t freed = 0;
  while (thrown_ > 0) {
    freed += discard_tree(tmp_, cat("trash.", name_.tag, ".", thrown_ - 1));
    --thrown_;
  }
  return freed;
}

void Lease::drop() noexcept {
  if (!fd_) return;
  unlinkat(tmp_, name_.file.c_str(), 0);
  fd_.reset();
}

}  // namespace minidock::store
