#include "runtime/mount_options.h"

#include <sys/mount.h>

#include <map>
#include <string_view>

namespace minidock::runtime {

namespace {
struct Attribute {
  uint64_t set = 0, clear = 0;
};

const std::map<std::string_view, Attribute>& attributes() {
  static const std::map<std::string_view, Attribute> kTable = {
      {"ro", {MOUNT_ATTR_RDONLY, 0}},
      {"rw", {0, MOUNT_ATTR_RDONLY}},
      {"nosuid", {MOUNT_ATTR_NOSUID, 0}},
      {"suid", {0, MOUNT_ATTR_NOSUID}},
      {"nodev", {MOUNT_ATTR_NODEV, 0}},
      {"dev", {0, MOUNT_ATTR_NODEV}},
      {"noexec", {MOUNT_ATTR_NOEXEC, 0}},
      {"exec", {0, MOUNT_ATTR_NOEXEC}},
      {"nodiratime", {MOUNT_ATTR_NODIRATIME, 0}},
      {"diratime", {0, MOUNT_ATTR_NODIRATIME}},
      {"nosymfollow", {MOUNT_ATTR_NOSYMFOLLOW, 0}},
      {"symfollow", {0, MOUNT_ATTR_NOSYMFOLLOW}},
      // kernel: the atime modes are one field; whoever sets one must clear the field (mount_setattr(2)).
      {"relatime", {MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME}},
      {"noatime", {MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME}},
      {"strictatime", {MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME}},
      {"atime", {0, 0}},
      {"defaults", {0, 0}},
      {"async", {0, 0}},
      {"norelatime", {0, 0}},
      {"nostrictatime", {0, 0}},
  };
  return kTable;
}

const std::map<std::string_view, uint64_t>& propagations() {
  static const std::map<std::string_view, uint64_t> kTable = {
      {"private", MS_PRIVATE}, {"slave", MS_SLAVE}, {"shared", MS_SHARED}, {"unbindable", MS_UNBINDABLE}};
  return kTable;
}

bool take_propagation(MountOptions& options, std::string_view word) {
  const bool recursive = word.starts_with('r');
  const auto found = propagations().find(recursive ? word.substr(1) : word);
  if (found == propagations().end()) return false;
  options.propagation = found->second;
  options.recursive_propagation = recursive;
  return true;
}
}  // namespace

MountOptions parse_mount_options(const std::vector<std::string>& words) {
  MountOptions options;
  for (const std::string& word : words) {
    const auto plain = attributes().find(word);
    if (plain != attributes().end()) {
      options.attributes = (options.attributes & ~plain->second.clear) | plain->second.set;
      options.cleared = (options.cleared & ~plain->second.set) | plain->second.clear;
    } else if (word == "bind" || word == "rbind") {
      options.bind = true;
      options.recursive_bind = word == "rbind";
    } else if (take_propagation(options, word)) {
      continue;
    } else if (const auto recursive = attributes().find(std::string_view(word).substr(1));
               word.starts_with('r') && recursive != attributes().end()) {
      options.recursive_attributes |= recursive->second.set;
    } else {
      if (!options.data.empty()) options.data += ',';
      options.data += word;
    }
  }
  return options;
}

}  // namespace minidock::runtime
