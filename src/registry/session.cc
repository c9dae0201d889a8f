#include "registry/session.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "oci/json_fields.h"
#include "registry/retry.h"

namespace minidock::registry {

namespace {

constexpr int kMostRedirects = 10;
constexpr int kMostAnswers = 2;  // to 401: a first token, and another where that has expired

bool is_redirect(const HttpResponse& response) {
  switch (response.status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return true;
    default:
      return false;
  }
}

}  // namespace

Session::Session(const Settings& settings, std::string host)
    : http_(settings), host_(std::move(host)), authorizer_(http_, host_) {}

void Session::learn_from(const Session& other) {
  base_ = other.base_;
  authorizer_.learn_from(other.authorizer_);
}

const Url& Session::base() {
  if (base_) return *base_;
  const std::string authority = authority_of(host_);
  Url url{"https", authority, "/v2/"};
  if (!is_loopback(authority) && !http_.is_insecure(authority)) return base_.emplace(std::move(url));
  // security: only a server that does not speak TLS, or that nobody finds for it, is spoken to without; not one whose
  // certificate is refused.
  try {
    with_retries(http_.settings(), [&] { return http_.perform(url, {}); });
  } catch (const TransferError& error) {
    if (!error.not_https) throw;
    url.scheme = "http";
  }
  return base_.emplace(std::move(url));
}

HttpResponse Session::send_once(const Url& url, const HttpRequest& request, const std::string& scope) {
  if (!url.same_origin(base())) return http_.perform(url, request);
  for (int answers = 0;; ++answers) {
    HttpRequest whole = request;
    const std::string value = authorizer_.value(scope);
    if (!value.empty()) whole.headers.push_back("Authorization: " + value);
    HttpResponse response = http_.perform(url, whole);
    if (response.status != 401 || answers == kMostAnswers || request.source) return response;
    if (!authorizer_.answer(response.all("www-authenticate"), scope)) return response;
  }
}

HttpResponse Session::attempt(const Url& url, const HttpRequest& request, const std::string& scope) {
  Url at = url;
  for (int redirects = 0;; ++redirects) {
    HttpResponse response = send_once(at, request, scope);
    if (!is_redirect(response) || (request.method != "GET" && request.method != "HEAD")) return response;
    if (redirects == kMostRedirects) {
      throw_error(ErrorKind::corrupt, url.shown(), ": stopped after ", kMostRedirects, " redirects");
    }
    at = resolve_location(at, response.header("location"));
    http_.require_allowed(at);
  }
}

HttpResponse Session::send(const std::string& path, HttpRequest request, const std::string& scope,
                           const std::function<void(HttpRequest&)>& before, const std::function<bool()>& came_on) {
  const Url url = resolve_location(base(), path);
  return with_retries(
      http_.settings(),
      [&] {
        HttpRequest copy = request;
        if (before) before(copy);
        return attempt(url, copy, scope);
      },
      came_on);
}

void refuse_answer(const HttpResponse& response, const std::string& what, const std::string& reason) {
  if (response.status == 429) {
    throw_error(ErrorKind::exhausted, what, ": too many requests: ", reason, "; try again later");
  }
  throw_error(ErrorKind::corrupt, what, ": the registry answers: ", reason);
}

std::string refusal_text(const HttpResponse& response) {
  try {
    const nlohmann::json parsed = oci::parse_json(response.body, "answer", ErrorKind::corrupt);
    const oci::JsonReader from(parsed, "answer", ErrorKind::corrupt);
    for (const oci::JsonReader& error : from.list("errors")) {
      std::string code, message;
      error.read("code", code);
      error.read("message", message);
      for (char& letter : code) letter = letter == '_' ? ' ' : letter;
      const std::string text = cat(lower(code), message.empty() ? "" : ": ", message);
      return printable(text.substr(0, 300));
    }
  } catch (const Error&) {
    // Not JSON: a proxy's page, say.
  }
  return "";
}

}  // namespace minidock::registry
