#include "registry/docker_config.h"

#include <fcntl.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "oci/json_fields.h"
#include "registry/url.h"

namespace minidock::registry {

namespace {

constexpr const char* kHubKey = "https://index.docker.io/v1/";
constexpr size_t kFileBytes = 4 << 20;

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
  std::map<std::string, std::string> helpers;
  std::string store;
  from.read("credHelpers", helpers);
  from.read("credsStore", store);
  if (const auto helper = helpers.find(key); helper != helpers.end()) return ask_helper(helper->second, key);
  if (!store.empty()) return ask_helper(store, key);
  return find_in_file(parsed, path, key);
}

}  // namespace minidock::registry
