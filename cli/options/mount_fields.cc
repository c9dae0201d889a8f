// --mount: a line of comma-separated values, as RFC 4180 has them, each key=value.
#include <algorithm>
#include <functional>
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/options/mount_words.h"
#include "cli/options/mounts.h"
#include "cli/options/quantities.h"
#include "cli/options/single_choices.h"

namespace minidock::cli {
namespace {

using engine::MountOption;
using Words = std::vector<std::string>;

// What is said of one mount: what it is to be, and the keys that said so.
struct Given {
  MountOption mount;
  Words keys;
  bool read_only_said = false;
};

template <typename... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  throw_error(ErrorKind::invalid, parts...);
}

[[noreturn]] void refuse_value(const std::string& key, const std::string& value) {
  refuse("invalid value for ", key, ": ", printable(value));
}

[[noreturn]] void refuse_quote(size_t at, const char* why) {
  refuse("parse error on line 1, column ", at + 1, ": ", why);
}

// A field that begins with a quote ends with one, and has commas, and quotes as two, in between:
//   type=volume,"volume-opt=o=addr=192.0.2.1,rw"
Words split_fields(const std::string& text) {
  constexpr const char* kOpen = "extraneous or missing \" in quoted-field";
  Words fields = {""};
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    std::string& field = fields.back();
    const bool quote = text[i] == '"';
    const char next = i + 1 < text.size() ? text[i + 1] : ',';
    if (quoted && quote && next == '"') {
      field += text[i++];
    } else if (quoted && quote) {
      quoted = false;
      if (next != ',') refuse_quote(i, kOpen);
    } else if (!quoted && quote) {
      if (!field.empty()) refuse_quote(i, "bare \" in non-quoted-field");
      quoted = true;
    } else if (!quoted && text[i] == ',') {
      fields.emplace_back();
    } else {
      field += text[i];
    }
  }
  if (quoted) refuse_quote(text.size(), kOpen);
  return fields;
}

bool parse_switch(const std::string& key, const std::string& value) {
  const std::optional<bool> on = parse_bool(value);
  if (!on) refuse_value(key, value);
  return *on;
}

void set_tmpfs_size(Given& given, const std::string&, const std::string& value) {
  int64_t bytes = 0;
  try {
    bytes = parse_size(value);
  } catch (const Error&) {
    refuse_value("tmpfs-size", value);
  }
  given.mount.options.push_back(cat("size=", bytes));
}

void set_tmpfs_mode(Given& given, const std::string&, const std::string& value) {
  if (!parse_octal(value)) refuse_value("tmpfs-mode", value);
  given.mount.options.push_back(cat("mode=", value));
}

void set_recursion(Given& given, const std::string& key, const std::string& value) {
  if (value != "enabled" && value != "disabled" && value != "writable" && value != "readonly") {
    refuse("invalid value for ", key, ": ", printable(value),
           " (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")");
  }
  given.mount.recursion = value == "enabled" ? "" : value;
}

void set_propagation(Given& given, const std::string& key, const std::string& value) {
  if (!is_propagation(lower(value))) refuse_value(key, value);
  given.mount.propagation = lower(value);
}

void set_relabel(Given&, const std::string& key, const std::string& value) {
  if (value != "shared" && value != "private") refuse_value(key, value);  // and without SELinux that is all there is
}

void add_pair(std::map<std::string, std::string>& pairs, const std::string& text) {
  const size_t equals = text.find('=');
  if (equals != 0 && !text.empty())
    pairs[text.substr(0, equals)] = equals == std::string::npos ? "" : text.substr(equals + 1);
}

using Setter = std::function<void(Given&, const std::string& key, const std::string& value)>;

struct Key {
  Setter set;
  bool is_switch = false;  // the key alone is "true"
};

Key text_key(std::string MountOption::*member) {
  return {[member](Given& given, const std::string&, const std::string& value) { given.mount.*member = value; }};
}

Key switch_key(bool MountOption::*member, bool meaning = true) {
  return {[member, meaning](Given& given, const std::string& key, const std::string& value) {
            given.mount.*member = parse_switch(key, value) == meaning;
          },
          true};
}

Key pairs_key(std::map<std::string, std::string> MountOption::*member) {
  return {
      [member](Given& given, const std::string&, const std::string& value) { add_pair(given.mount.*member, value); }};
}

// docker's keys first, then podman's.
const std::map<std::string, Key>& mount_keys() {
  const Key non_recursive = {[](Given& given, const std::string& key, const std::string& value) {
                               if (parse_switch(key, value)) given.mount.recursion = "disabled";
                             },
                             true};
  static const std::map<std::string, Key> keys = {
      {"type", {[](Given& given, const std::string&, const std::string& value) { given.mount.type = lower(value); }}},
      {"source", text_key(&MountOption::source)},
      {"src", text_key(&MountOption::source)},
      {"target", text_key(&MountOption::target)},
      {"dst", text_key(&MountOption::target)},
      {"destination", text_key(&MountOption::target)},
      {"readonly", switch_key(&MountOption::read_only)},
      {"ro", switch_key(&MountOption::read_only)},
      {"consistency", {[](Given&, const std::string&, const std::string&) {}}},  // of other systems; void on Linux
      {"bind-propagation", {set_propagation}},
      {"bind-recursive", {set_recursion}},
      {"bind-nonrecursive", non_recursive},
      {"bind-create-src", switch_key(&MountOption::create_source)},
      {"volume-nocopy", switch_key(&MountOption::no_copy)},
      {"volume-subpath", text_key(&MountOption::subpath)},
      {"volume-label", pairs_key(&MountOption::volume_labels)},
      {"volume-driver", {[](Given&, const std::string&, const std::string& value) { check_volume_driver(value); }}},
      {"volume-opt", pairs_key(&MountOption::volume_options)},
      {"image-subpath", text_key(&MountOption::subpath)},
      {"tmpfs-size", {set_tmpfs_size}},
      {"tmpfs-mode", {set_tmpfs_mode}},
      {"rw", switch_key(&MountOption::read_only, false)},
      {"u", switch_key(&MountOption::change_owner)},
      {"chown", switch_key(&MountOption::change_owner)},
      {"idmap",
       {[](Given& given, const std::string&, const std::string& value) {
          given.mount.id_map = value.empty() ? "idmap" : value;
        },
        true}},
      {"relabel", {set_relabel}},
  };
  return keys;
}

void apply_field(Given& given, const std::string& field) {
  const size_t equals = field.find('=');
  const std::string key = lower(field.substr(0, equals));
  const auto found = mount_keys().find(key);
  const bool is_switch = found != mount_keys().end() && found->second.is_switch;
  if (equals == std::string::npos && !is_switch) {
    refuse("invalid field '", printable(field), "' must be a key=value pair");
  }
  if (found == mount_keys().end()) refuse("unexpected key '", printable(key), "' in '", printable(field), "'");
  given.keys.push_back(key);
  given.read_only_said = given.read_only_said || key == "readonly" || key == "ro" || key == "rw";
  const bool alone = equals == std::string::npos;
  found->second.set(given, key, !alone ? field.substr(equals + 1) : key == "idmap" ? "" : "true");
}

// "volume-nocopy" of a bind would do nothing, and who wrote it wanted something.
void check_keys_of_type(const Given& given) {
  const std::string& type = given.mount.type;
  for (const char* other : {"bind", "volume", "image", "tmpfs"}) {
    const std::string prefix = cat(other, "-");
    const auto has_prefix = [&](const std::string& key) { return key.starts_with(prefix); };
    if (type == other || std::none_of(given.keys.begin(), given.keys.end(), has_prefix)) continue;
    refuse("cannot mix '", prefix, "*' options with mount type '", type, "'");
  }
  if (type == "tmpfs" && (given.mount.change_owner || !given.mount.id_map.empty())) {
    refuse("cannot change the owners of a mount of type '", type, "': there is nothing in it");
  }
}

template <typename... Parts>
[[noreturn]] void refuse_config(const MountOption& mount, const Parts&... parts) {
  refuse("invalid mount config for type \"", printable(mount.type), "\": ", parts...);
}

void finish_bind(MountOption& mount, bool propagation_said) {
  if (mount.source.empty()) refuse_config(mount, "field Source must not be empty");
  for (const char* recursion : {"writable", "readonly"}) {
    if (mount.recursion == recursion && !mount.read_only) {
      refuse("option 'bind-recursive=", recursion, "' requires 'readonly' to be specified in conjunction");
    }
  }
  if (mount.recursion == "readonly" && propagation_said && mount.propagation != "rprivate") {
    refuse("option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction");
  }
  mount.source = absolute_source(mount.source);
  if (!mount.create_source && !exists_at(AT_FDCWD, mount.source)) {
    refuse_config(mount, "bind source path does not exist: ", printable(mount.source));
  }
}

// Go's filepath.IsLocal: it stays below what it is relative to, link or no link.
void check_subpath(const MountOption& mount) {
  int depth = 0;
  for (const std::string& part : split(mount.subpath, '/')) {
    depth += part == ".." ? -1 : part.empty() || part == "." ? 0 : 1;
    if (depth < 0) break;
  }
  if (mount.subpath.starts_with('/') || depth < 0) {
    refuse_config(mount, "subpath must be a relative path within the ", mount.type);
  }
}

void finish_volume(MountOption& mount) {
  mount.anonymous = mount.source.empty();
  if (mount.anonymous && mount.read_only) {
    refuse_config(mount, "must not set ReadOnly mode when using anonymous volumes");
  }
  if (mount.anonymous && !mount.subpath.empty()) {
    refuse_config(mount, "must not set Subpath when using anonymous volumes");
  }
  if (!mount.anonymous && !is_volume_name(mount.source)) {
    refuse("\"", printable(mount.source), "\" includes invalid characters for a local volume name");
  }
  check_subpath(mount);
}

void finish_image(MountOption& mount, bool read_only_said) {
  if (mount.source.empty()) refuse_config(mount, "field Source must not be empty");
  check_subpath(mount);
  if (!read_only_said) mount.read_only = true;  // an image is never written to
  mount.overlay = !mount.read_only;
}

void finish_mount(Given& given) {
  MountOption& mount = given.mount;
  if (mount.target.empty()) refuse("target is required");
  if (mount.target[0] != '/') {
    refuse_config(mount, "invalid mount path: '", printable(mount.target), "' mount path must be absolute");
  }
  if (mount.type == "bind") return finish_bind(mount, !mount.propagation.empty());
  if (mount.type == "volume") return finish_volume(mount);
  if (mount.type == "image") return finish_image(mount, given.read_only_said);
  if (!mount.source.empty()) refuse_config(mount, "field Source must not be specified");
}

}  // namespace

MountOption parse_mount(const std::string& text) {
  Given given;
  given.mount.type = "volume";
  if (text.empty()) refuse("value is empty");
  for (const std::string& field : split_fields(text)) apply_field(given, field);
  const std::string& type = given.mount.type;
  if (type != "bind" && type != "volume" && type != "tmpfs" && type != "image") {
    refuse_config(given.mount, "mount type unknown: use bind, volume, tmpfs or image");
  }
  check_keys_of_type(given);
  finish_mount(given);
  return std::move(given.mount);
}

}  // namespace minidock::cli
