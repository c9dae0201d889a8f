#include "runtime/mount_options.h"

#include <sys/mount.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "base/text.h"

namespace minidock::runtime {

namespace {
// One attribute: on, or off.
struct AttributeWord {
  uint64_t attribute;
  bool on;
};

const std::map<std::string_view, AttributeWord>& attribute_words() {
  static const std::map<std::string_view, AttributeWord> kTable = {
      {"ro", {MOUNT_ATTR_RDONLY, true}},
      {"rw", {MOUNT_ATTR_RDONLY, false}},
      {"nosuid", {MOUNT_ATTR_NOSUID, true}},
      {"suid", {MOUNT_ATTR_NOSUID, false}},
      {"nodev", {MOUNT_ATTR_NODEV, true}},
      {"dev", {MOUNT_ATTR_NODEV, false}},
      {"noexec", {MOUNT_ATTR_NOEXEC, true}},
      {"exec", {MOUNT_ATTR_NOEXEC, false}},
      {"nodiratime", {MOUNT_ATTR_NODIRATIME, true}},
      {"diratime", {MOUNT_ATTR_NODIRATIME, false}},
      {"nosymfollow", {MOUNT_ATTR_NOSYMFOLLOW, true}},
      {"symfollow", {MOUNT_ATTR_NOSYMFOLLOW, false}},
      {"relatime", {MOUNT_ATTR_RELATIME, true}},
      {"norelatime", {MOUNT_ATTR_RELATIME, false}},
      {"noatime", {MOUNT_ATTR_NOATIME, true}},
      {"atime", {MOUNT_ATTR_NOATIME, false}},
      {"strictatime", {MOUNT_ATTR_STRICTATIME, true}},
      {"nostrictatime", {MOUNT_ATTR_STRICTATIME, false}},
  };
  return kTable;
}

const std::map<std::string_view, uint64_t>& propagations() {
  static const std::map<std::string_view, uint64_t> kTable = {
      {"private", MS_PRIVATE}, {"slave", MS_SLAVE}, {"shared", MS_SHARED}, {"unbindable", MS_UNBINDABLE}};
  return kTable;
}

// Words of the file system as a whole that fsconfig(2) takes as they are: data, and nothing to a bind.
constexpr const char* kSuperblockWords[] = {"async", "dirsync", "lazytime", "mand", "nolazytime", "nomand", "sync"};

// kernel: without meaning to a new mount: the defaults, how loud mount(2) is, and what each file system sets itself.
constexpr const char* kIdleWords[] = {"defaults", "silent", "loud", "iversion", "noiversion", "acl", "noacl"};

template <typename Words>
bool contains(const Words& words, std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool take_attribute(MountAttributes& attributes, std::string_view word) {
  const auto found = attribute_words().find(word);
  if (found == attribute_words().end()) return false;
  const auto [attribute, on] = found->second;
  // kernel: the atime modes are one field, and "relatime" its zero; whoever sets one must clear the field.
  const bool atime = attribute == 0 || (attribute & MOUNT_ATTR__ATIME) != 0;
  const uint64_t field = atime ? static_cast<uint64_t>(MOUNT_ATTR__ATIME) : attribute;
  if (on) {
    attributes.set = (attributes.set & ~field) | attribute;
    attributes.clear = atime ? attributes.clear | field : attributes.clear & ~attribute;
    attributes.atime_mode = attributes.atime_mode || atime;
  } else {
    attributes.set &= ~attribute;
    attributes.clear |= field;
  }
  return true;
}

bool take_propagation(MountOptions& options, std::string_view word) {
  const bool recursive = word.starts_with('r');
  const auto found = propagations().find(recursive ? word.substr(1) : word);
  if (found == propagations().end()) return false;
  options.propagation = found->second;
  options.recursive_propagation = recursive;
  return true;
}

bool take_kind(MountOptions& options, std::string_view word) {
  if (word == "bind" || word == "rbind") {
    options.bind = true;
    options.recursive_bind = word == "rbind";
  } else if (word == "idmap" || word == "ridmap") {
    options.idmap = true;
    options.recursive_idmap = word == "ridmap";
  } else if (word == "remount") {
    options.remount = true;
  } else if (word == "tmpcopyup") {
    options.copy_up = true;
  } else {
    return contains(kIdleWords, word);
  }
  return true;
}
}  // namespace

std::string MountOptions::data_text() const {
  return join(data, ",");
}

MountOptions parse_mount_options(const std::vector<std::string>& words) {
  MountOptions options;
  for (const std::string& word : words) {
    if (take_attribute(options.mount, word) || take_kind(options, word) || take_propagation(options, word)) continue;
    if (word.starts_with('r') && take_attribute(options.recursive, std::string_view(word).substr(1))) continue;
    if (!word.empty()) options.data.push_back(word);
  }
  if (options.bind)
    std::erase_if(options.data, [](const std::string& word) { return contains(kSuperblockWords, word); });
  return options;
}

std::vector<std::string> mount_option_words() {
  std::vector<std::string> out = {"bind", "rbind", "idmap", "ridmap", "remount", "tmpcopyup"};
  for (const auto& [word, meaning] : attribute_words()) {
    out.emplace_back(word);
    out.push_back(cat("r", word));
  }
  for (const auto& [word, flag] : propagations()) {
    out.emplace_back(word);
    out.push_back(cat("r", word));
  }
  out.insert(out.end(), std::begin(kSuperblockWords), std::end(kSuperblockWords));
  out.insert(out.end(), std::begin(kIdleWords), std::end(kIdleWords));
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace minidock::runtime
