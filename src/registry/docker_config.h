// Who the user is to a registry: docker's config.json, and the helpers that it names.
//   {"auths": {"host": {"auth": base64 of user:password, "identitytoken": …}}, "credHelpers": {"host": "name"},
//    "credsStore": "name"}
// A helper is the program docker-credential-NAME: get, store or erase as its word, the host on standard input, and JSON
// {"ServerURL", "Username", "Secret"} out. Sources: docker's "docker login" manual page, docker-credential-helpers'
// README. security: what is secret is never in a message.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace minidock::registry {

struct Credentials {
  std::string username, password;
  std::string identity_token;  // stands for both
  bool operator==(const Credentials&) const = default;
};

// What docker calls a registry in that file: its host, and for the Hub a URL.
std::string server_key(const std::string& host);

// nullopt where there are none. `directory` "" has none. Throws corrupt for a file that is not right, and what a helper
// that fails says.
std::optional<Credentials> find_credentials(const std::string& directory, const std::string& host);

// Keeps them, with the helper that is configured or in the file, which then is replaced as a whole with mode 0600; all
// else in it stays as it is, and what another of us writes at the same time: the file's directory is locked meanwhile.
// Returns the file's path where it has them unencrypted, "" where a helper keeps them.
std::string store_credentials(const std::string& directory, const std::string& host, const Credentials& credentials);
// Forgets them; missing is fine.
void erase_credentials(const std::string& directory, const std::string& host);

// docker-credential-NAME WORD with `input`. Throws not_found where there is no such program, exhausted where it has not
// ended after so many seconds (it may have to ask somebody): it is killed then.
constexpr int kHelperSeconds = 120;
struct HelperResult {
  int status = 0;
  std::string output;
};
HelperResult run_credential_helper(const std::string& name, const char* word, std::string_view input,
                                   int seconds = kHelperSeconds);

}  // namespace minidock::registry
