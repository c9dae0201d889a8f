// What a request to one registry carries as its authorization: nothing, a password, or a token for what it wants to do.
// Sources: distribution's "Token Authentication Specification" and "OAuth2 Token Authentication"; RFC 7617, RFC 6750.
// security: all of it goes to the registry alone, never to where a redirect leads; a password goes to the realm that
// the registry names, by https unless the host is one that plain http is allowed for.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "registry/challenge.h"
#include "registry/docker_config.h"
#include "registry/http.h"

namespace minidock::registry {

class Authorizer {
 public:
  // `http` is borrowed. `host` is the registry's name: its credentials are looked up when first asked for.
  Authorizer(Http& http, std::string host);
  void use(Credentials credentials);  // instead of those that are kept
  void learn_from(const Authorizer& other);

  // The header's value for a request within `scope` ("repository:NAME:pull", several divided by blanks); "" for none.
  std::string value(const std::string& scope) const;
  // After a 401: gets what it asks for. False where nothing more can be had. Throws permission where a password is
  // refused, corrupt for an answer that cannot be understood.
  bool answer(const std::vector<std::string>& challenges, const std::string& scope);

 private:
  const std::optional<Credentials>& credentials();
  void fetch_token(const Challenge& challenge, const std::string& scope);
  HttpResponse ask_realm(const Url& realm, const std::string& query, const std::string& service,
                         const std::string& scope);

  Http& http_;
  std::string host_;
  bool looked_up_ = false;
  std::optional<Credentials> credentials_;
  std::string basic_;                          // "Basic …"
  std::map<std::string, std::string> tokens_;  // by scope
};

}  // namespace minidock::registry
