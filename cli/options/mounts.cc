#include "cli/options/mounts.h"

#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "cli/options/mount_words.h"

namespace minidock::cli {
namespace {

using engine::MountOption;

bool is_host_path(const std::string& source) {
  return source[0] == '/' || source[0] == '.' || source[0] == '~';
}

[[noreturn]] void refuse_volume(const std::string& text, std::string_view why) {
  throw_error(ErrorKind::invalid, "invalid volume specification: '", printable(text), "'", why.empty() ? "" : ": ",
              why);
}

void check_target(const std::string& text, const std::string& target) {
  if (target.empty() || target[0] != '/') {
    refuse_volume(text, cat("invalid mount config for type \"volume\": invalid mount path: '", printable(target),
                            "' mount path must be absolute"));
  }
  if (target.find_first_not_of('/') == std::string::npos)
    refuse_volume(text, "invalid mount config for type \"volume\": invalid specification: destination can't be '/'");
}

// Words of one group exclude each other, and none is said twice.
enum class Group {
  access,
  label,
  copy,
  owner,
  overlay,
  programs,
  set_user_id,
  devices,
  recursion,
  consistency,
  propagation,
  id_map
};

// Words that do nothing here mean something on other systems: relabelling without SELinux, consistency on Linux.
std::optional<Group> group_of(const std::string& word) {
  static const std::map<std::string_view, Group> groups = {
      {"ro", Group::access},
      {"rw", Group::access},
      {"z", Group::label},
      {"Z", Group::label},
      {"copy", Group::copy},
      {"nocopy", Group::copy},
      {"U", Group::owner},
      {"O", Group::overlay},
      {"exec", Group::programs},
      {"noexec", Group::programs},
      {"suid", Group::set_user_id},
      {"nosuid", Group::set_user_id},
      {"dev", Group::devices},
      {"nodev", Group::devices},
      {"bind", Group::recursion},
      {"rbind", Group::recursion},
      {"cached", Group::consistency},
      {"consistent", Group::consistency},
      {"delegated", Group::consistency},
  };
  if (is_propagation(word)) return Group::propagation;
  if (word == "idmap" || word.starts_with("idmap=")) return Group::id_map;
  const auto found = groups.find(word);
  return found == groups.end() ? std::nullopt : std::optional(found->second);
}

void apply_volume_option(MountOption& mount, Group group, const std::string& word) {
  switch (group) {
    case Group::access:
      mount.read_only = word == "ro";
      break;
    case Group::copy:
      mount.no_copy = word == "nocopy";
      break;
    case Group::owner:
      mount.change_owner = true;
      break;
    case Group::overlay:
      mount.overlay = true;
      break;
    case Group::programs:
    case Group::set_user_id:
    case Group::devices:
      mount.options.push_back(word);
      break;
    case Group::recursion:
      mount.recursion = word == "bind" ? "disabled" : "";
      break;
    case Group::propagation:
      mount.propagation = word;
      break;
    case Group::id_map:
      mount.id_map = word == "idmap" ? word : word.substr(word.find('=') + 1);
      break;
    case Group::label:
    case Group::consistency:
      break;
  }
}

void apply_volume_options(MountOption& mount, const std::string& text, const std::string& given) {
  std::set<Group> seen;
  for (const std::string& word : split(given, ',')) {
    const std::optional<Group> group = group_of(word);
    if (!group) refuse_volume(text, cat("invalid mode: ", printable(word)));
    if (!seen.insert(*group).second) throw_error(ErrorKind::invalid, "invalid mode: ", printable(given));
    apply_volume_option(mount, *group, word);
  }
  const auto refuse_field = [&](Group group, const char* type, const char* field) {
    if (mount.type != type || seen.count(group) == 0) return;
    refuse_volume(text, cat("invalid mount config for type \"", type, "\": field ", field, " must not be specified"));
  };
  refuse_field(Group::copy, "bind", "VolumeOptions");
  refuse_field(Group::propagation, "volume", "BindOptions");
  if (mount.overlay && (mount.read_only || !mount.id_map.empty())) {
    refuse_volume(text, cat("invalid mode: ", printable(given), ": O goes with neither ro nor idmap"));
  }
}

}  // namespace

MountOption parse_volume(const std::string& text) {
  auto parts = split(text, ':');
  if (text.empty() || parts.size() > 3) refuse_volume(text, "");
  MountOption mount;
  if (parts.size() == 1) {
    mount.type = "volume";
    mount.target = parts[0];
    mount.anonymous = true;
    check_target(text, mount.target);
    return mount;
  }
  if (parts[0].empty()) refuse_volume(text, "empty section between colons");
  mount.type = is_host_path(parts[0]) ? "bind" : "volume";
  mount.target = parts[1];
  check_target(text, mount.target);
  if (mount.type == "bind") {
    mount.source = absolute_source(parts[0]);
    mount.create_source = true;
  } else if (is_volume_name(parts[0])) {
    mount.source = parts[0];
  } else {
    throw_error(
        ErrorKind::invalid, "create ", printable(parts[0]), ": \"", printable(parts[0]),
        "\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. "
        "If you intended to pass a host directory, use absolute path");
  }
  if (parts.size() == 3) apply_volume_options(mount, text, parts[2]);
  return mount;
}

MountOption parse_tmpfs(const std::string& text) {
  const size_t colon = text.find(':');
  MountOption mount;
  mount.type = "tmpfs";
  mount.target = text.substr(0, colon);
  if (mount.target.empty() || mount.target[0] != '/') {
    throw_error(ErrorKind::invalid, "invalid mount path: '", printable(mount.target), "' mount path must be absolute");
  }
  if (colon == std::string::npos) return mount;
  for (std::string& option : split(std::string_view(text).substr(colon + 1), ',')) {
    if (option == "ro") mount.read_only = true;
    if (!option.empty() && option != "ro" && option != "rw") mount.options.push_back(std::move(option));
  }
  return mount;
}

}  // namespace minidock::cli
