// The default filter's bytes in a file, so that a run does not compile them.
// File: 8 bytes checksum of the rest, then struct sock_filter[], both as this machine has them in memory.
#include <linux/filter.h>
#include <seccomp.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "linux/seccomp.h"
#include "linux/seccomp_table.h"

namespace minidock::linux {
namespace {

constexpr size_t kChecksumSize = sizeof(uint64_t);
constexpr size_t kMostBytes = kChecksumSize + 4096 * sizeof(sock_filter);  // kernel: BPF_MAXINSNS

// The capabilities that change the profile: the others would only multiply the files.
CapabilityMask relevant(CapabilityMask capabilities) {
  CapabilityMask mask = 0;
  for (const auto& [capability, group] : seccomp_capability_calls()) mask |= CapabilityMask{1} << capability;
  return capabilities & mask;
}

std::string file_name(CapabilityMask capabilities) {
  const scmp_version* library = ::seccomp_version();
  const std::string version = cat(library->major, ".", library->minor, ".", library->micro);
  return cat("seccomp-", kSeccompProfileVersion, "-", ::seccomp_arch_native(), "-", relevant(capabilities), "-",
             version);
}

// Against damage, not against an attacker, who could write the sum too; the first SHA-256 of a process costs
// 2 ms, which is what OpenSSL needs to start, and more than all else that the cache saves.
std::string checksum_of(std::string_view filter) {
  const uint64_t sum = checksum(filter);
  return {reinterpret_cast<const char*>(&sum), sizeof sum};
}

// One open, one read. nullopt for anything that is not whole.
std::optional<std::string> find_cached(const std::string& path) {
  const std::optional<Fd> file = find_file(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW);
  if (!file) return std::nullopt;
  char content[kMostBytes];
  const size_t size = read_some(file->get(), content, sizeof content);
  if (size <= kChecksumSize || (size - kChecksumSize) % sizeof(sock_filter) != 0) return std::nullopt;
  std::string filter(content + kChecksumSize, size - kChecksumSize);
  if (checksum_of(filter) != std::string_view(content, kChecksumSize)) return std::nullopt;
  return filter;
}

// Renamed into place, so that a reader finds all or nothing. Not fsynced: a file that a crash leaves damaged is
// found out by its checksum and written anew.
void store(const std::string& directory, const std::string& path, const std::string& filter) {
  ensure_dirs(directory, 0700);
  const std::string staged = cat(path, ".", random_hex(8));
  write_file(AT_FDCWD, staged, checksum_of(filter) + filter);
  try {
    rename_at(AT_FDCWD, staged, AT_FDCWD, path);
  } catch (const Error&) {
    discard_file(AT_FDCWD, staged);
    throw;
  }
}

}  // namespace

std::string default_seccomp_filter(const std::string& cache_directory, CapabilityMask capabilities) {
  const std::string path = cat(cache_directory, "/", file_name(capabilities));
  try {
    if (auto filter = find_cached(path)) return *std::move(filter);
  } catch (const Error&) {
    // An unreadable cache is no reason not to start: compile.
  }
  std::string filter = compile_seccomp(default_seccomp_profile(capabilities));
  try {
    store(cache_directory, path, filter);
  } catch (const Error&) {
    // A full or read-only disk costs the next run its milliseconds, nothing more.
  }
  return filter;
}

}  // namespace minidock::linux
