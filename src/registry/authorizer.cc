#include "registry/authorizer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/text.h"
#include "oci/json_fields.h"
#include "registry/retry.h"

namespace minidock::registry {

namespace {

constexpr size_t kTokenBytes = 64 << 10;
constexpr size_t kAnswerBytes = 256 << 10;

std::string basic_value(const Credentials& credentials) {
  return cat("Basic ", base64_encode(cat(credentials.username, ":", credentials.password)));
}

std::string read_token(const std::string& text, const std::string& from) {
  const nlohmann::json parsed = oci::parse_json(text, from, ErrorKind::corrupt);
  const oci::JsonReader reader(parsed, from, ErrorKind::corrupt);
  std::string token;
  reader.read("access_token", token);
  reader.read("token", token);
  const auto is_visible = [](char letter) { return letter > ' ' && letter < 0x7f; };
  // security: it becomes a line of a request.
  if (token.empty() || token.size() > kTokenBytes || !std::all_of(token.begin(), token.end(), is_visible)) {
    throw_error(ErrorKind::corrupt, from, ": gave no token that could be used");
  }
  return token;
}

}  // namespace

Authorizer::Authorizer(Http& http, std::string host) : http_(http), host_(std::move(host)) {}

void Authorizer::use(Credentials credentials) {
  looked_up_ = true;
  credentials_ = std::move(credentials);
}

void Authorizer::learn_from(const Authorizer& other) {
  looked_up_ = other.looked_up_;
  credentials_ = other.credentials_;
  basic_ = other.basic_;
  tokens_ = other.tokens_;
}

const std::optional<Credentials>& Authorizer::credentials() {
  if (!looked_up_) credentials_ = find_credentials(http_.settings().config_directory, host_);
  looked_up_ = true;
  return credentials_;
}

std::string Authorizer::value(const std::string& scope) const {
  const auto token = tokens_.find(scope);
  return token == tokens_.end() ? basic_ : cat("Bearer ", token->second);
}

bool Authorizer::answer(const std::vector<std::string>& headers, const std::string& scope) {
  std::vector<Challenge> all;
  for (const std::string& header : headers) {
    for (Challenge& challenge : parse_challenges(header)) all.push_back(std::move(challenge));
  }
  const auto find = [&](const char* scheme) {
    return std::find_if(all.begin(), all.end(), [&](const Challenge& one) { return one.scheme == scheme; });
  };
  if (const auto bearer = find("bearer"); bearer != all.end()) {
    fetch_token(*bearer, scope);
    return true;
  }
  if (find("basic") == all.end()) return false;
  if (!basic_.empty() || !credentials() || credentials()->username.empty()) return false;
  basic_ = basic_value(*credentials());
  return true;
}

HttpResponse Authorizer::ask_realm(const Url& realm, const std::string& query, const std::string& service,
                                   const std::string& scope) {
  HttpRequest request;
  request.most_bytes = kAnswerBytes;
  Url url = realm;
  if (credentials() && !credentials()->identity_token.empty()) {
    request.method = "POST";
    request.headers = {"Content-Type: application/x-www-form-urlencoded"};
    request.body =
        cat("grant_type=refresh_token&client_id=minidock&service=", percent_encode(service),
            "&scope=", percent_encode(scope), "&refresh_token=", percent_encode(credentials()->identity_token));
  } else {
    url.rest += cat(url.rest.find('?') == std::string::npos ? "?" : "&", query);
    if (credentials()) {
      url.rest += cat("&account=", percent_encode(credentials()->username));
      request.headers = {cat("Authorization: ", basic_value(*credentials()))};
    }
  }
  return with_retries(http_.settings(), [&] { return http_.perform(url, request); });
}

void Authorizer::fetch_token(const Challenge& challenge, const std::string& scope) {
  const auto parameter = [&](const char* name) {
    const auto found = challenge.parameters.find(name);
    return found == challenge.parameters.end() ? "" : found->second;
  };
  const std::optional<Url> realm = parse_url(parameter("realm"));
  if (!realm) {
    throw_error(ErrorKind::corrupt, host_, ": asks for a token from \"", printable(parameter("realm").substr(0, 200)),
                "\", which is no URL");
  }
  std::string query;
  if (const std::string service = parameter("service"); !service.empty())
    query += cat("service=", percent_encode(service), scope.empty() ? "" : "&");
  // spec: "Token Authentication Specification": the parameter is given once for each of several.
  std::vector<std::string> scopes;
  for (const std::string& one : split(scope, ' ')) {
    if (!one.empty()) scopes.push_back(cat("scope=", percent_encode(one)));
  }
  query += join(scopes, "&");
  const HttpResponse response = ask_realm(*realm, query, parameter("service"), scope);
  if (response.status == 401 || response.status == 403) {
    throw_error(ErrorKind::permission, realm->shown(), ": unauthorized: ",
                credentials() ? "incorrect username or password" : "authentication required; use `minidock login`");
  }
  if (!response.good()) throw_error(ErrorKind::corrupt, realm->shown(), ": answers with status ", response.status);
  tokens_[scope] = read_token(response.body, realm->shown());
}

}  // namespace minidock::registry
