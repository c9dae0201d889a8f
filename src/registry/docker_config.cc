#include "registry/docker_config.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "oci/json_fields.h"

namespace minidock::registry {

namespace {

constexpr const char* kHubKey = "https://index.docker.io/v1/";
constexpr size_t kFileBytes = 4 << 20;

// The file and what it says about helpers.
struct ConfigFile {
  std::string path;
  nlohmann::ordered_json content = nlohmann::ordered_json::object();
  std::string helper;  // for one registry, "" for none
};

std::string helper_of(const oci::JsonReader& from, const std::string& key) {
  std::map<std::string, std::string> helpers;
  std::string store;
  from.read("credHelpers", helpers);
  from.read("credsStore", store);
  const auto helper = helpers.find(key);
  return helper == helpers.end() ? store : helper->second;
}

// Where a link leads: the file itself is replaced, as people keep theirs elsewhere and link to it.
std::string follow_links(std::string path) {
  constexpr int kMostLinks = 8;
  for (int i = 0; i < kMostLinks; ++i) {
    char target[PATH_MAX];
    const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
    if (size < 0) return path;
    const std::string next(target, static_cast<size_t>(size));
    path = next.starts_with('/') ? next : cat(path.substr(0, path.rfind('/') + 1), next);
  }
  throw_error(ErrorKind::invalid, printable(path), ": too many links");
}

// Old files have whole URLs as keys.
std::string host_of_key(std::string_view key) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  }
  return std::string(key.substr(0, key.find('/')));
}

Credentials read_entry(const oci::JsonReader& entry) {
  Credentials out;
  std::string auth;
  entry.read("auth", auth);
  entry.read("username", out.username);
  entry.read("password", out.password);
  entry.read("identitytoken", out.identity_token);
  if (auth.empty()) return out;
  const std::optional<std::string> text = base64_decode(auth);
  const size_t colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) entry.fail("auth", "is not base64 of USER:PASSWORD");
  out.username = text->substr(0, colon);
  out.password = text->substr(colon + 1);
  while (out.password.ends_with('\0')) out.password.pop_back();  // docker of old filled it up
  return out;
}

std::optional<Credentials> find_in_file(const nlohmann::json& config, const std::string& document,
                                        const std::string& key) {
  const auto auths = config.find("auths");
  if (auths == config.end() || !auths->is_object()) return std::nullopt;
  const nlohmann::json* found = nullptr;
  for (const auto& [name, value] : auths->items()) {
    if (name == key) {
      found = &value;
      break;
    }
    if (found == nullptr && host_of_key(name) == host_of_key(key)) found = &value;
  }
  if (found == nullptr) return std::nullopt;
  const Credentials out = read_entry(oci::JsonReader(*found, document, ErrorKind::corrupt));
  if (out == Credentials()) return std::nullopt;
  return out;
}

std::optional<Credentials> ask_helper(const std::string& name, const std::string& key) {
  const HelperResult result = run_credential_helper(name, "get", key);
  const std::string program = cat("docker-credential-", name);
  if (result.status != 0) {
    // The words of docker's helper protocol for "I have none".
    if (result.output.find("credentials not found") != std::string::npos) return std::nullopt;
    throw_error(ErrorKind::permission, program, " get: ", printable(trim(result.output).substr(0, 300)));
  }
  const nlohmann::json parsed = oci::parse_json_strictly(result.output, program, ErrorKind::corrupt);
  const oci::JsonReader from(parsed, program, ErrorKind::corrupt);
  Credentials out;
  std::string secret;
  from.read("Username", out.username);
  from.read("Secret", secret);
  if (out.username == "<token>") {
    out.username.clear();
    out.identity_token = secret;
  } else {
    out.password = secret;
  }
  if (out == Credentials()) return std::nullopt;
  return out;
}

}  // namespace

std::string server_key(const std::string& host) {
  return host == "docker.io" ? kHubKey : host;
}

std::optional<Credentials> find_credentials(const std::string& directory, const std::string& host) {
  if (directory.empty()) return std::nullopt;
  const std::string path = directory + "/config.json";
  const std::optional<std::string> text = find_file_text(AT_FDCWD, path, kFileBytes);
  if (!text || trim(*text).empty()) return std::nullopt;
  const nlohmann::json parsed = oci::parse_json(*text, path, ErrorKind::corrupt);
  const oci::JsonReader from(parsed, path, ErrorKind::corrupt);
  const std::string key = server_key(host);
  if (const std::string helper = helper_of(from, key); !helper.empty()) return ask_helper(helper, key);
  return find_in_file(parsed, path, key);
}

namespace {

ConfigFile open_config(const std::string& directory, const std::string& key) {
  if (directory.empty()) {
    throw_error(ErrorKind::invalid, "cannot tell where docker's config.json is: neither HOME nor DOCKER_CONFIG is set");
  }
  ConfigFile file;
  file.path = follow_links(absolute_path(directory) + "/config.json");
  const std::optional<std::string> text = find_file_text(AT_FDCWD, file.path, kFileBytes);
  if (!text || trim(*text).empty()) return file;
  const nlohmann::json parsed = oci::parse_json(*text, file.path, ErrorKind::corrupt);  // with its bounds
  file.helper = helper_of(oci::JsonReader(parsed, file.path, ErrorKind::corrupt), key);
  file.content = nlohmann::ordered_json::parse(*text);  // in its own order
  return file;
}

// The entries of one registry; keys of old files are URLs.
void erase_entries(ConfigFile& file, const std::string& key) {
  auto& auths = file.content["auths"];
  if (!auths.is_object()) auths = nlohmann::ordered_json::object();
  std::vector<std::string> doomed;
  for (const auto& [name, value] : auths.items()) {
    if (host_of_key(name) == host_of_key(key)) doomed.push_back(name);
  }
  for (const std::string& name : doomed) auths.erase(name);
}

// Reads, changes and writes the file while no other of us does.
void change_config(const std::string& directory, const std::string& key,
                   const std::function<bool(ConfigFile&)>& change) {
  const std::string path = open_config(directory, key).path;
  const std::string place = path.substr(0, path.rfind('/'));
  ensure_dirs(place, 0700);
  // The directory and not the file, which is replaced; and no file beside it, which would stay.
  const Fd lock = open_dir(AT_FDCWD, place);
  lock_file(lock.get());
  ConfigFile file = open_config(directory, key);
  if (change(file)) replace_file_durably(AT_FDCWD, file.path, file.content.dump(1, '\t') + "\n", 0600);
}

void require_success(const std::string& helper, const char* word, const HelperResult& result) {
  if (result.status == 0) return;
  throw_error(ErrorKind::permission, "docker-credential-", helper, " ", word, ": ",
              printable(trim(result.output).substr(0, 300)));
}

}  // namespace

std::string store_credentials(const std::string& directory, const std::string& host, const Credentials& credentials) {
  const std::string key = server_key(host);
  const ConfigFile before = open_config(directory, key);
  const bool in_file = before.helper.empty();
  if (!in_file) {
    const nlohmann::json said = {
        {"ServerURL", key}, {"Username", credentials.username}, {"Secret", credentials.password}};
    require_success(before.helper, "store", run_credential_helper(before.helper, "store", oci::dump_json(said)));
  }
  change_config(directory, key, [&](ConfigFile& file) {
    erase_entries(file, key);
    nlohmann::ordered_json& entry = file.content["auths"][key];
    entry = nlohmann::ordered_json::object();
    if (in_file) entry["auth"] = base64_encode(cat(credentials.username, ":", credentials.password));
    return true;
  });
  return in_file ? before.path : "";
}

void erase_credentials(const std::string& directory, const std::string& host) {
  const std::string key = server_key(host);
  const ConfigFile file = open_config(directory, key);
  if (!file.helper.empty() && ask_helper(file.helper, key)) {
    require_success(file.helper, "erase", run_credential_helper(file.helper, "erase", key));
  }
  if (!file.content.contains("auths")) return;
  change_config(directory, key, [&](ConfigFile& now) {
    const nlohmann::ordered_json before = now.content;
    erase_entries(now, key);
    return before != now.content;
  });
}

}  // namespace minidock::registry
