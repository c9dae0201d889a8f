// Who the user is to a registry: asked of it, kept in docker's config.json or with a helper, and forgotten.
#pragma once

#include <optional>
#include <string>

#include "engine/engine.h"

namespace minidock::engine {

// The registry that somebody names: "https://host:5000/v1/" and "host:5000" are one; "" and the Hub's other names are
// docker.io. Throws invalid for what is no host.
std::string registry_host(std::string_view text);

struct Login {
  std::string username, password;
};
// Asks the registry, then keeps it. Returns the path of the file where that is unencrypted, "" where a helper has it.
// Throws permission where the registry refuses.
std::string log_in(const RegistrySettings& settings, const std::string& host, const Login& login);
// The same with what is kept. Returns the user's name; nullopt where nothing is kept or it is refused.
std::optional<std::string> try_known_login(const RegistrySettings& settings, const std::string& host);
void log_out(const RegistrySettings& settings, const std::string& host);  // missing is fine

}  // namespace minidock::engine
