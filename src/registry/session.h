// The conversation with one registry: where it is, who we are, redirects, and trying again.
// Sources: OCI distribution-spec 1.1; docker's rule that a loopback registry may speak plain http.
#pragma once

#include <optional>
#include <string>

#include "registry/authorizer.h"
#include "registry/http.h"

namespace minidock::registry {

class Session {
 public:
  // `host` as in the name of an image: "docker.io", "localhost:5000".
  Session(const Settings& settings, std::string host);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // What the other has found out, but not its connections: for a process forked off it.
  void learn_from(const Session& other);

  const std::string& host() const { return host_; }
  Authorizer& authorizer() { return authorizer_; }
  const Url& base();  // found out when first asked for
  const Settings& settings() const { return http_.settings(); }

  // `path` is one of the registry's ("/v2/…") or a whole URL. A 401 is answered, GET and HEAD follow redirects, what
  // may help is tried again. `before` is called before each attempt; `came_on` as in with_retries(). Returns whatever
  // status comes last.
  HttpResponse send(const std::string& path, HttpRequest request, const std::string& scope,
                    const std::function<void(HttpRequest&)>& before = {}, const std::function<bool()>& came_on = {});
  // The same, tried once and following no redirect. A 401 is answered unless the body is a source, which is gone then.
  HttpResponse send_once(const Url& url, const HttpRequest& request, const std::string& scope);

 private:
  HttpResponse attempt(const Url& url, const HttpRequest& request, const std::string& scope);

  Http http_;
  std::string host_;
  Authorizer authorizer_;
  std::optional<Url> base_;
};

// "denied: requested access to the resource is denied": what a registry says in the JSON of a refusal; "" where it does
// not. distribution-spec "Error Codes".
std::string refusal_text(const HttpResponse& response);
// Throws for a status that means the same of whatever was asked; `reason` is the registry's.
[[noreturn]] void refuse_answer(const HttpResponse& response, const std::string& what, const std::string& reason);

}  // namespace minidock::registry
