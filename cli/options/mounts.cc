#include "cli/options/mounts.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <map>

#include "base/file.h"
#include "cli/options/quantities.h"

namespace minidock::cli {
namespace {

using engine::MountOption;

constexpr std::array kPropagations = {"shared", "slave", "private", "rshared", "rslave", "rprivate"};

bool is_propagation(const std::string& word) {
  return std::find(kPropagations.begin(), kPropagations.end(), word) != kPropagations.end();
}

bool is_host_path(const std::string& source) {
  return source[0] == '/' || source[0] == '.' || source[0] == '~';
}

bool is_volume_name(const std::string& name) {
  return name.size() >= 2 && is_plain_name(name);
}

// Relative paths and ~ are the caller's, so they are settled here and not where the engine runs.
std::string absolute_source(const std::string& source) {
  if (source[0] == '/') return source;
  if (source[0] == '~' && (source.size() == 1 || source[1] == '/')) {
    const char* home = std::getenv("HOME");
    return cat(home ? home : "/root", source.substr(1));
  }
  char buffer[4096];
  if (!getcwd(buffer, sizeof buffer)) throw_errno("get the current directory");
  return source == "." ? std::string(buffer) : cat(std::string_view(buffer), "/", source);
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

void apply_volume_option(MountOption& mount, const std::string& text, const std::string& option) {
  if (option == "ro") {
    mount.read_only = true;
  } else if (option == "nocopy") {
    mount.no_copy = true;
  } else if (is_propagation(option)) {
    mount.propagation = option;
  } else if (option != "rw" && option != "z" && option != "Z") {  // relabelling means nothing without SELinux
    refuse_volume(text, cat("invalid mode: ", printable(option)));
  }
}

bool parse_switch(const std::string& key, const std::string& value) {
  if (value.empty() || value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  throw_error(ErrorKind::invalid, "invalid value for ", key, ": ", printable(value));
}

using Setter = std::function<void(MountOption&, const std::string& key, const std::string& value)>;

void set_tmpfs_size(MountOption& mount, const std::string&, const std::string& value) {
  int64_t bytes = 0;
  try {
    bytes = parse_size(value);
  } catch (const Error&) {
    throw_error(ErrorKind::invalid, "invalid value for tmpfs-size: ", printable(value));
  }
  mount.options.push_back(cat("size=", bytes));
}

void set_tmpfs_mode(MountOption& mount, const std::string&, const std::string& value) {
  if (!parse_octal(value)) throw_error(ErrorKind::invalid, "invalid value for tmpfs-mode: ", printable(value));
  mount.options.push_back(cat("mode=", value));
}

const std::map<std::string, Setter>& mount_keys() {
  const Setter source = [](MountOption& mount, const std::string&, const std::string& value) { mount.source = value; };
  const Setter target = [](MountOption& mount, const std::string&, const std::string& value) { mount.target = value; };
  const Setter read_only = [](MountOption& mount, const std::string& key, const std::string& value) {
    mount.read_only = parse_switch(key, value);
  };
  static const std::map<std::string, Setter> keys = {
      {"source", source},
      {"src", source},
      {"target", target},
      {"dst", target},
      {"destination", target},
      {"readonly", read_only},
      {"ro", read_only},
      {"type", [](MountOption& mount, const std::string&, const std::string& value) { mount.type = lower(value); }},
      {"bind-propagation",
       [](MountOption& mount, const std::string& key, const std::string& value) {
         if (!is_propagation(value)) throw_error(ErrorKind::invalid, "invalid value for ", key, ": ", printable(value));
         mount.propagation = value;
       }},
      {"bind-create-src", [](MountOption& mount, const std::string& key,
                             const std::string& value) { mount.create_source = parse_switch(key, value); }},
      {"volume-nocopy", [](MountOption& mount, const std::string& key,
                           const std::string& value) { mount.no_copy = parse_switch(key, value); }},
      {"tmpfs-size", set_tmpfs_size},
      {"tmpfs-mode", set_tmpfs_mode},
  };
  return keys;
}

void apply_mount_field(MountOption& mount, const std::string& field) {
  const size_t equals = field.find('=');
  const std::string key = lower(field.substr(0, equals));
  const bool is_switch = key == "readonly" || key == "ro" || key == "volume-nocopy" || key == "bind-create-src";
  if (equals == std::string::npos && !is_switch) {
    throw_error(ErrorKind::invalid, "invalid field '", printable(field), "' must be a key=value pair");
  }
  const auto found = mount_keys().find(key);
  if (found == mount_keys().end()) {
    if (key == "consistency") return;  // a hint for other systems, void on Linux with docker too
    throw_error(ErrorKind::invalid, "unexpected key '", printable(key), "' in '", printable(field), "'");
  }
  found->second(mount, key, equals == std::string::npos ? "" : field.substr(equals + 1));
}

// "volume-nocopy" of a bind would do nothing, and who wrote it wanted something.
void check_keys_of_type(const std::string& type, const std::vector<std::string>& fields) {
  for (const char* other : {"bind", "volume", "tmpfs"}) {
    const std::string prefix = cat(other, "-");
    const auto has_prefix = [&](const std::string& field) { return lower(field).starts_with(prefix); };
    if (type == other || std::none_of(fields.begin(), fields.end(), has_prefix)) continue;
    throw_error(ErrorKind::invalid, "cannot mix '", prefix, "*' options with mount type '", type, "'");
  }
}

void finish_mount(MountOption& mount) {
  if (mount.target.empty()) throw_error(ErrorKind::invalid, "target is required");
  if (mount.target[0] != '/') {
    throw_error(ErrorKind::invalid, "invalid mount config for type \"", mount.type, "\": invalid mount path: '",
                printable(mount.target), "' mount path must be absolute");
  }
  if (mount.type == "bind") {
    if (mount.source.empty())
      throw_error(ErrorKind::invalid, "invalid mount config for type \"bind\": field Source must not be empty");
    mount.source = absolute_source(mount.source);
    if (!mount.create_source && !exists_at(AT_FDCWD, mount.source)) {
      throw_error(ErrorKind::invalid,
                  "invalid mount config for type \"bind\": bind source path does not exist: ", printable(mount.source));
    }
  } else if (mount.type == "volume") {
    mount.anonymous = mount.source.empty();
    if (!mount.anonymous && !is_volume_name(mount.source)) {
      throw_error(ErrorKind::invalid, "\"", printable(mount.source),
                  "\" includes invalid characters for a local volume name");
    }
  } else if (!mount.source.empty()) {
    throw_error(ErrorKind::invalid, "invalid mount config for type \"tmpfs\": field Source must not be specified");
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
  if (parts.size() == 3) {
    for (const std::string& option : split(parts[2], ',')) apply_volume_option(mount, text, option);
  }
  return mount;
}

MountOption parse_mount(const std::string& text) {
  MountOption mount;
  mount.type = "volume";
  if (text.empty()) throw_error(ErrorKind::invalid, "value is empty");
  const std::vector<std::string> fields = split(text, ',');
  for (const std::string& field : fields) apply_mount_field(mount, field);
  if (mount.type != "bind" && mount.type != "volume" && mount.type != "tmpfs") {
    throw_error(ErrorKind::invalid, "invalid mount config for type \"", printable(mount.type),
                "\": mount type unknown: use bind, volume or tmpfs");
  }
  check_keys_of_type(mount.type, fields);
  finish_mount(mount);
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
