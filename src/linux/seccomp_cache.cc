// Filters' bytes in files, so that a start does not compile them.
// File: 8 bytes checksum of the rest; 8 bytes size of the key and the key; struct sock_filter[]; numbers and
// instructions as this machine has them in memory. The key is all that the filter was made from, so two profiles whose
// file names meet are told apart; the default filter's name says it all, and its key is empty.
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

constexpr size_t kNumberSize = sizeof(uint64_t);
constexpr size_t kMostKeyBytes = 256 << 10;                      // a profile that is larger is not cached
constexpr size_t kMostFilterBytes = 4096 * sizeof(sock_filter);  // kernel: BPF_MAXINSNS
constexpr size_t kMostBundleFilters = 64;
constexpr std::string_view kBundlePrefix = "seccomp-bundle-";

// The capabilities that change the profile: the others would only multiply the files.
CapabilityMask relevant(CapabilityMask capabilities) {
  CapabilityMask mask = 0;
  for (const auto& [capability, group] : seccomp_capability_calls()) mask |= CapabilityMask{1} << capability;
  return capabilities & mask;
}

std::string library_version() {
  const scmp_version* library = ::seccomp_version();
  return cat(library->major, ".", library->minor, ".", library->micro);
}

std::string file_name(CapabilityMask capabilities) {
  return cat("seccomp-", kSeccompProfileVersion, "-", ::seccomp_arch_native(), "-", relevant(capabilities), "-",
             library_version());
}

// The checksum is against damage, not against an attacker, who could write the sum too; the first SHA-256 of a process
// costs 2 ms, which is what OpenSSL needs to start, and more than all else that the cache saves.
std::string bytes_of(uint64_t number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

// nullopt for anything that is not whole, and for another key.
std::optional<std::string> find_cached(const std::string& path, const std::string& key) {
  const std::optional<Fd> file = find_file(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW);
  if (!file) return std::nullopt;
  const std::string content = read_fd(file->get(), 2 * kNumberSize + kMostKeyBytes + kMostFilterBytes);
  if (content.size() <= 2 * kNumberSize) return std::nullopt;
  const std::string_view sum = std::string_view(content).substr(0, kNumberSize);
  std::string_view rest = std::string_view(content).substr(kNumberSize);
  if (bytes_of(checksum(rest)) != sum || !rest.starts_with(bytes_of(key.size()))) return std::nullopt;
  rest.remove_prefix(kNumberSize);
  if (!rest.starts_with(key)) return std::nullopt;
  rest.remove_prefix(key.size());
  if (rest.empty() || rest.size() % sizeof(sock_filter) != 0) return std::nullopt;
  return std::string(rest);
}

// Renamed into place, so that a reader finds all or nothing. Not fsynced: a file that a crash leaves damaged is
// found out by its checksum and written anew.
void store(const std::string& directory, const std::string& path, const std::string& key, const std::string& filter) {
  ensure_dirs(directory, 0700);
  const std::string staged = cat(path, ".", random_hex(8));
  const std::string rest = bytes_of(key.size()) + key + filter;
  write_file(AT_FDCWD, staged, bytes_of(checksum(rest)) + rest);
  try {
    rename_at(AT_FDCWD, staged, AT_FDCWD, path);
  } catch (const Error&) {
    discard_file(AT_FDCWD, staged);
    throw;
  }
}

// Through the cache, whose troubles are no reason not to start.
template <typename Compile>
std::string cached(const std::string& directory, const std::string& name, const std::string& key, Compile compile) {
  const std::string path = cat(directory, "/", name);
  try {
    if (auto filter = find_cached(path, key)) return *std::move(filter);
  } catch (const Error&) {
    // An unreadable cache: compile.
  }
  std::string filter = compile();
  try {
    store(directory, path, key, filter);
  } catch (const Error&) {
    // A full or read-only disk costs the next start its milliseconds, nothing more.
  }
  return filter;
}

// Every field that a filter is made from, each with its length, so that no two profiles have one text.
class ProfileKey {
 public:
  explicit ProfileKey(const oci::Seccomp& profile) {
    add(cat(kSeccompProfileVersion, " ", ::seccomp_arch_native(), " ", library_version()));
    add(profile.default_action, profile.default_errno_ret);
    add(cat(profile.architectures.size()));
    for (const std::string& one : profile.architectures) add(one);
    for (const oci::SeccompRule& rule : profile.rules) add(rule);
  }
  const std::string& text() const { return text_; }

 private:
  void add(std::string_view part) { text_ += cat(part.size(), ":", part); }
  void add(const std::string& action, const std::optional<uint32_t>& number) {
    add(action);
    add(number ? cat(*number) : "-");
  }
  void add(const oci::SeccompRule& rule) {
    add(rule.action, rule.errno_ret);
    add(cat(rule.names.size(), " ", rule.args.size()));
    for (const std::string& name : rule.names) add(name);
    for (const oci::SeccompArg& arg : rule.args) {
      add(arg.op);
      add(cat(arg.index, " ", arg.value, " ", arg.value_two));
    }
  }

  std::string text_;
};

// Whoever makes up a new profile for each container would fill the disk.
void bound_bundle_filters(const std::string& directory) {
  const std::optional<Fd> dir = find_file(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
  if (!dir) return;
  std::vector<std::string> files = list_dir(dir->get());
  std::erase_if(files, [](const std::string& name) { return !name.starts_with(kBundlePrefix); });
  if (files.size() < kMostBundleFilters) return;
  for (const std::string& name : files) discard_file(dir->get(), name);
}

}  // namespace

std::string default_seccomp_filter(const std::string& cache_directory, CapabilityMask capabilities) {
  return cached(cache_directory, file_name(capabilities), "",
                [&] { return compile_seccomp(default_seccomp_profile(capabilities)); });
}

std::string cached_bundle_filter(const oci::Seccomp& profile, const std::string& cache_directory,
                                 std::string (*compile)(const oci::Seccomp&)) {
  const ProfileKey key(profile);
  if (key.text().size() > kMostKeyBytes) return compile(profile);
  const std::string name = cat(kBundlePrefix, short_hash(key.text()));
  return cached(cache_directory, name, key.text(), [&] {
    std::string filter = compile(profile);
    try {
      bound_bundle_filters(cache_directory);
    } catch (const Error&) {
      // As with the cache itself.
    }
    return filter;
  });
}

}  // namespace minidock::linux
