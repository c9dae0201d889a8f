#include "engine/login.h"

#include "base/error.h"
#include "base/text.h"
#include "registry/docker_config.h"
#include "registry/session.h"

namespace minidock::engine {

namespace {

// Once: somebody waits for it, who can try again and sees why.
void ask_registry(RegistrySettings settings, const std::string& host, const registry::Credentials& credentials) {
  settings.attempts = 1;
  registry::Session session(settings, host);
  session.authorizer().use(credentials);
  const registry::HttpResponse response = session.send("/v2/", {}, "");
  if (response.good()) return;
  const std::string text = registry::refusal_text(response);
  throw_error(ErrorKind::permission, "login attempt to ", session.base().shown(),
              " failed with status: ", response.status, response.status == 401 ? " Unauthorized" : "",
              text.empty() ? "" : ": ", text);
}

}  // namespace

std::string registry_host(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (lower(text).starts_with(scheme)) text.remove_prefix(scheme.size());
  }
  const std::string host = lower(text.substr(0, text.find('/')));
  if (host.empty() || host == "docker.io" || host == "index.docker.io" || host == "registry-1.docker.io") {
    return "docker.io";
  }
  const std::optional<registry::Url> url = registry::parse_url(cat("https://", host, "/"));
  if (!url || url->authority != host) {
    throw_error(ErrorKind::invalid, "\"", printable(text.substr(0, 200)), "\" is no registry: write HOST[:PORT]");
  }
  return host;
}

std::string log_in(const RegistrySettings& settings, const std::string& host, const Login& login) {
  const registry::Credentials credentials = {login.username, login.password, ""};
  ask_registry(settings, host, credentials);
  return registry::store_credentials(settings.config_directory, host, credentials);
}

std::optional<std::string> try_known_login(const RegistrySettings& settings, const std::string& host) {
  const auto known = registry::find_credentials(settings.config_directory, host);
  if (!known) return std::nullopt;
  try {
    ask_registry(settings, host, *known);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::permission) throw;
    return std::nullopt;
  }
  return known->username;
}

void log_out(const RegistrySettings& settings, const std::string& host) {
  registry::erase_credentials(settings.config_directory, host);
}

}  // namespace minidock::engine
