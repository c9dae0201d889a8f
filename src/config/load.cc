#include "config/load.h"

#include <unistd.h>

#include <algorithm>
#include <optional>

#include "base/file.h"
#include "config/fields.h"
#include "config/keys.h"
#include "config/toml.h"

namespace minidock::config {

namespace {

constexpr const char* kSystemFile = "/etc/minidock/config.toml";
constexpr size_t kMostBytes = 1 << 20;

std::string user_file(const Environment& environment) {
  const std::string directory = environment("XDG_CONFIG_HOME");
  if (directory.starts_with('/')) return cat(directory, "/minidock/config.toml");
  const std::string home = environment("HOME");
  return home.empty() ? "" : cat(home, "/.config/minidock/config.toml");
}

// security: who may write it decides which registries we believe. A file of another user is another user's word:
// HOME is the caller's where somebody becomes root and keeps the environment.
void require_own(int fd, const std::string& path) {
  struct stat info;
  if (fstat(fd, &info) != 0) throw_errno("look at ", path);
  if (!S_ISREG(info.st_mode)) return;  // /dev/null
  if (info.st_uid != 0 && info.st_uid != geteuid() && path != kSystemFile) {
    throw_error(ErrorKind::permission, path, ": belongs to user ", info.st_uid,
                ", not to us; chown it, or name another by ", "--config-file");
  }
  if ((info.st_mode & S_IWOTH) != 0) {
    throw_error(ErrorKind::permission, path, ": everybody may write it; chmod o-w ", path);
  }
}

std::optional<std::string> find_document(const std::string& path) {
  try {
    const std::optional<Fd> file = find_file(AT_FDCWD, path, O_RDONLY | O_NOCTTY);
    if (!file) return std::nullopt;
    require_own(file->get(), path);
    return read_fd(file->get(), kMostBytes);
  } catch (const Error& error) {
    if (error.error_number() == ENOTDIR) return std::nullopt;  // HOME=/dev/null
    throw error.with_context("read the configuration");
  }
}

Value value_of(const Key& key, const Origin& origin, const std::string& text) {
  if (key.kind != Value::Kind::list) return text_value("", key.name, origin, text);
  std::vector<std::string> items;
  for (const std::string& item : split(text, ',')) {
    if (!trim(item).empty()) items.emplace_back(trim(item));
  }
  return list_value("", key.name, origin, items);
}

}  // namespace

Files choose_files(const std::string& named, const Environment& environment) {
  const std::string one = named.empty() ? environment("MINIDOCK_CONFIG_FILE") : named;
  if (!one.empty()) return {{one}, true};
  Files files = {{kSystemFile}, false};
  if (std::string users = user_file(environment); !users.empty()) files.paths.push_back(std::move(users));
  return files;
}

void take_document(Settings& settings, std::string_view document, const std::string& path) {
  const Value table = parse_toml(document, path);
  std::vector<std::string> names;
  for (const Key& key : keys()) names.emplace_back(key.name);
  for (const Value& member : table.items) {
    if (std::find(names.begin(), names.end(), member.key) == names.end()) refuse_key(member, names);
  }
  // In the order of the keys: some depend on others.
  for (const Key& key : keys()) {
    for (const Value& member : table.items) {
      if (member.key == key.name) key.take(settings, member);
    }
  }
}

void take_environment(Settings& settings, const Environment& environment) {
  for (const Key& key : keys()) {
    if (*key.variable == 0) continue;
    const std::string text = environment(key.variable);
    if (!text.empty()) key.take(settings, value_of(key, {Origin::Source::environment, key.variable}, text));
  }
}

void take_options(Settings& settings, const std::map<std::string, std::string>& options) {
  for (const Key& key : keys()) {
    const auto option = *key.option == 0 ? options.end() : options.find(key.option);
    if (option == options.end()) continue;
    key.take(settings, value_of(key, {Origin::Source::option, key.option}, option->second));
  }
}

Settings load(const Files& files, const Environment& environment, const std::map<std::string, std::string>& options) {
  Settings settings;
  for (const std::string& path : files.paths) {
    const std::optional<std::string> document = find_document(path);
    if (!document && files.must_be_there) {
      throw_error(ErrorKind::not_found, "read the configuration: ", path, ": there is no such file");
    }
    if (document && !document->empty()) take_document(settings, *document, path);
  }
  take_environment(settings, environment);
  take_options(settings, options);
  return settings;
}

}  // namespace minidock::config
